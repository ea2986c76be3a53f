//! Many short things: as many beside each other as there is room for.

use kvbench::report::bandwidth;
use ratatui::text::Span;

use crate::ui::view::{Meter, Nic};

/// Between two columns.
const GAP: usize = 3;

/// The width of a meter's bar.
const BAR: u64 = 10;

/// What each NIC carries in the direction that carries more; the other one's, where it is not little, as well.
pub fn nics_in_columns(nics: &[Nic], width: u16) -> Vec<String> {
    let rate = |nic: &Nic| {
        let (sent, received) = (nic.sent_bytes_per_s, nic.received_bytes_per_s);
        let both = sent.min(received) * 10.0 > sent.max(received);
        match (both, sent >= received) {
            (true, _) => format!("↑ {} ↓ {}", bandwidth(sent), bandwidth(received)),
            (false, true) => format!("↑ {}", bandwidth(sent)),
            (false, false) => format!("↓ {}", bandwidth(received)),
        }
    };
    in_columns(nics.iter().map(|nic| (nic.name.clone(), rate(nic))).collect(), width)
}

/// How full each meter is.
pub fn meters_in_columns(meters: &[Meter], width: u16) -> Vec<String> {
    let state = |meter: &Meter| {
        let Meter { used, of, .. } = *meter;
        let filled = (used * BAR).div_ceil(of.max(1)).min(BAR) as usize;
        let bar = "█".repeat(filled) + &"░".repeat(BAR as usize - filled);
        format!("{bar} {used} of {of}")
    };
    in_columns(meters.iter().map(|meter| (meter.name.clone(), state(meter))).collect(), width)
}

/// Names and values, aligned, line by line.
fn in_columns(pairs: Vec<(String, String)>, width: u16) -> Vec<String> {
    let longest = |of: fn(&(String, String)) -> &str| {
        pairs.iter().map(|pair| Span::from(of(pair)).width()).max().unwrap_or_default()
    };
    let (name, value) = (longest(|pair| &pair.0), longest(|pair| &pair.1));
    let columns = ((usize::from(width) + GAP) / (name + 1 + value + GAP)).max(1);
    let lines = pairs.len().div_ceil(columns).max(1);
    let line = |line: usize| {
        let fields = pairs.iter().skip(line).step_by(lines);
        let fields = fields.map(|(own, state)| format!("{own:name$} {state:value$}"));
        fields.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned()
    };
    if pairs.is_empty() { Vec::new() } else { (0..lines).map(line).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_columns_as_there_is_room_for_top_down() {
        let pairs = || ["a", "bb", "c"].map(|name| (name.to_owned(), "1".to_owned())).to_vec();
        assert_eq!(in_columns(pairs(), 11), ["a  1   c  1", "bb 1"]);
        assert_eq!(in_columns(pairs(), 10), ["a  1", "bb 1", "c  1"]);
        assert_eq!(in_columns(pairs(), 1), ["a  1", "bb 1", "c  1"]);
        assert_eq!(in_columns(Vec::new(), 80), [""; 0]);
    }

    #[test]
    fn a_direction_that_carries_next_to_nothing_is_left_out() {
        let nic = |sent, received| Nic {
            name: "n".to_owned(),
            sent_bytes_per_s: sent,
            received_bytes_per_s: received,
        };
        let line = |sent, received| nics_in_columns(&[nic(sent, received)], 80).concat();
        assert_eq!(line(1e9, 1e6), "n ↑ 1 GB/s");
        assert_eq!(line(1e6, 1e9), "n ↓ 1 GB/s");
        assert_eq!(line(1e9, 5e8), "n ↑ 1 GB/s ↓ 500 MB/s");
    }

    #[test]
    fn one_block_in_use_shows() {
        let meter = |used| Meter { name: "m".to_owned(), used, of: 1024 };
        assert_eq!(meters_in_columns(&[meter(1)], 80), ["m █░░░░░░░░░ 1 of 1024"]);
        assert_eq!(meters_in_columns(&[meter(0)], 80), ["m ░░░░░░░░░░ 0 of 1024"]);
    }
}
