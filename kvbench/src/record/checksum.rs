//! The checksum of a line: its last key, `crc32`, eight hexadecimal digits, the CRC-32 of all bytes before it.
//!
//! A line with it is still JSON, for any reader. One bit that turned on a disk or on the way shows; so does
//! a line that another program wrote anew.

/// What stands between the bytes that are summed and the digits.
const KEY: &[u8] = br#","crc32":""#;

/// Digits of a sum.
const DIGITS: usize = 8;

/// What ends the line.
const END: &[u8] = b"\"}";

/// Adds the checksum to a JSON object that has at least one key.
pub(super) fn seal(object: &mut Vec<u8>) {
    debug_assert!(object.len() > 2 && object.ends_with(b"}"), "an object with a key");
    object.pop();
    let sum = crc32fast::hash(object);
    object.extend_from_slice(KEY);
    object.extend_from_slice(format!("{sum:08x}").as_bytes());
    object.extend_from_slice(END);
}

/// The sum that a line says at its end, and that of the bytes before; `None` if it does not end so.
pub(super) fn sums(line: &[u8]) -> Option<(u32, u32)> {
    let rest = line.strip_suffix(END)?;
    let (rest, digits) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
    let summed = rest.strip_suffix(KEY)?;
    let said = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((said, crc32fast::hash(summed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> Vec<u8> {
        let mut line = br#"{"schema":1,"x":"\u001b"}"#.to_vec();
        seal(&mut line);
        line
    }

    #[test]
    fn a_sealed_line_is_json_with_a_key_more() {
        let value: serde_json::Value = serde_json::from_slice(&sealed()).unwrap();
        assert_eq!((&value["schema"], &value["x"]), (&1.into(), &"\u{1b}".into()));
        assert_eq!(value["crc32"].as_str().unwrap().len(), DIGITS);
        let (said, is) = sums(&sealed()).unwrap();
        assert_eq!(said, is);
    }

    #[test]
    fn every_turned_bit_shows() {
        let line = sealed();
        for bit in 0..line.len() * 8 {
            let mut turned = line.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            // An upper-case digit says the same.
            let same = turned.eq_ignore_ascii_case(&line) && bit / 8 >= line.len() - 10;
            let whole = sums(&turned).is_some_and(|(said, is)| said == is);
            assert_eq!(whole, same, "bit {bit}: {}", String::from_utf8_lossy(&turned));
        }
    }

    #[test]
    fn short_lines_have_none() {
        for line in [&b""[..], b"{}", br#""}"#, br#"1234567"}"#, br#"12345678"}"#] {
            assert_eq!(sums(line), None);
        }
    }
}
