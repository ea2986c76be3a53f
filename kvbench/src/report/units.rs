//! Figures for people: three digits and a unit.

use crate::record::Environment;

/// A latency given in nanoseconds.
pub fn latency(ns: f64) -> String {
    match ns {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{} µs", digits(ns / 1e3)),
        ns if ns < 1e9 => format!("{} ms", digits(ns / 1e6)),
        ns => format!("{} s", digits(ns / 1e9)),
    }
}

/// A bandwidth given in bytes per second; GB is 10⁹ bytes.
pub fn bandwidth(bytes_per_s: f64) -> String {
    match bytes_per_s {
        b if b < 1e6 => format!("{} kB/s", digits(b / 1e3)),
        b if b < 1e9 => format!("{} MB/s", digits(b / 1e6)),
        b => format!("{} GB/s", digits(b / 1e9)),
    }
}

/// The speed of a link, given in bits per second.
pub(super) fn speed(bits_per_s: u64) -> String {
    match bits_per_s as f64 {
        b if b < 1e9 => format!("{} Mbit/s", digits(b / 1e6)),
        b => format!("{} Gbit/s", digits(b / 1e9)),
    }
}

/// A size in bytes, in powers of 1024.
pub fn bytes(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1024.0 && unit + 1 < units.len() {
        (value, unit) = (value / 1024.0, unit + 1);
    }
    let value = if unit == 0 { bytes.to_string() } else { digits(value) };
    format!("{value} {}", units[unit])
}

/// Text without control characters, line ends apart: records are read from files, and a terminal obeys
/// what it is sent.
pub(super) fn printable(text: &str) -> String {
    let plain = |char: char| if char.is_control() && char != '\n' { '\u{fffd}' } else { char };
    text.chars().map(plain).collect()
}

/// A time to the second, as it is written where it cannot be read.
pub(super) fn time(rfc3339: &str) -> String {
    match rfc3339.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => rfc3339.to_owned(),
    }
}

/// The software of records that belong together, and where it ran. A raw transport loads its own
/// library only.
pub(super) fn software(environments: &[&Environment]) -> String {
    let version = |of: fn(&Environment) -> Option<&str>| {
        or_unknown(environments.iter().find_map(|environment| of(environment)))
    };
    let first = environments.first();
    format!(
        "NIXL {} ({}), UCX {}, libfabric {} on {}",
        version(|environment| environment.nixl.as_deref()),
        first.map_or("?", |first| &first.nixl_origin),
        version(|environment| environment.ucx.as_deref()),
        version(|environment| environment.libfabric.as_deref()),
        first.map_or("?", |first| &first.host),
    )
}

/// A version, or a question mark.
pub(super) fn or_unknown(version: Option<&str>) -> &str {
    version.unwrap_or("?")
}

/// Three significant digits, without useless zeros behind the point.
pub(super) fn digits(value: f64) -> String {
    let text = match value {
        v if v >= 99.95 => format!("{v:.0}"),
        v if v >= 9.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    };
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_unit() {
        assert_eq!(latency(999.4), "999 ns");
        assert_eq!(latency(1_234.0), "1.23 µs");
        assert_eq!(latency(98_760_000.0), "98.8 ms");
        assert_eq!(latency(2e9), "2 s");
        assert_eq!(bandwidth(1.234e9), "1.23 GB/s");
        assert_eq!(bandwidth(560e6), "560 MB/s");
        assert_eq!(bandwidth(0.0), "0 kB/s");
        assert_eq!(bytes(32_768), "32 KiB");
        assert_eq!(bytes(58_720_256), "56 MiB");
        assert_eq!(bytes(17), "17 B");
        assert_eq!(speed(400_000_000_000), "400 Gbit/s");
        assert_eq!(speed(2_500_000_000), "2.5 Gbit/s");
        assert_eq!(speed(100_000_000), "100 Mbit/s");
        assert_eq!(time("2026-01-02T03:04:05.678901234Z"), "2026-01-02 03:04:05 UTC");
        assert_eq!(time("yesterday"), "yesterday");
    }
}
