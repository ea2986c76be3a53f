//! Messages on a stream of bytes: a version, a length of four bytes (little endian), and that much JSON.
//!
//! Other versions and lengths beyond what is expected are refused before anything is allocated, and a
//! body takes no memory before it is there.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

const VERSION: u8 = 1;

/// The longest body, in bytes: a slice with the most samples fits.
const LONGEST: u32 = 16 << 20;

/// Sends one message.
pub(crate) fn send(stream: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    let len = u32::try_from(body.len()).ok().filter(|len| *len <= LONGEST);
    let len =
        len.ok_or_else(|| invalid(format!("a message of {} bytes is too long", body.len())))?;
    let mut frame = Vec::with_capacity(body.len() + 5);
    frame.push(VERSION);
    frame.extend(len.to_le_bytes());
    frame.extend(body);
    stream.write_all(&frame)
}

/// Receives one message; `None` at the end of the stream.
pub(crate) fn receive<M: DeserializeOwned>(stream: &mut impl Read) -> io::Result<Option<M>> {
    receive_at_most(stream, LONGEST)
}

/// The same, of at most so many bytes.
pub(super) fn receive_at_most<M: DeserializeOwned>(
    stream: &mut impl Read,
    most: u32,
) -> io::Result<Option<M>> {
    let mut version = [0];
    if stream.read(&mut version)? == 0 {
        return Ok(None);
    }
    if version != [VERSION] {
        return Err(invalid(format!("protocol version {} instead of {VERSION}", version[0])));
    }
    let mut len = [0; 4];
    stream.read_exact(&mut len)?;
    let len = u32::from_le_bytes(len);
    if len > most {
        return Err(invalid(format!("a message of {len} bytes is too long")));
    }
    let mut body = Vec::new();
    stream.take(u64::from(len)).read_to_end(&mut body)?;
    if body.len() != len as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(serde_json::from_slice(&body)?))
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use allocation_counter::measure;
    use proptest::prelude::*;

    use super::*;

    fn frame(version: u8, len: u32, body: &[u8]) -> Vec<u8> {
        [&[version][..], &len.to_le_bytes(), body].concat()
    }

    #[test]
    fn messages_come_back_as_they_were_sent() {
        let mut wire = Vec::new();
        send(&mut wire, &("first", [1, 2])).unwrap();
        send(&mut wire, &"second").unwrap();
        let mut stream = &wire[..];
        assert_eq!(receive(&mut stream).unwrap(), Some(("first".to_owned(), [1, 2])));
        assert_eq!(receive(&mut stream).unwrap(), Some("second".to_owned()));
        assert_eq!(receive::<String>(&mut stream).unwrap(), None);
    }

    #[test]
    fn nonsense_is_refused() {
        for wire in [
            frame(2, 2, b"{}"),
            frame(VERSION, u32::MAX, b"{}"),
            frame(VERSION, 100, b"{}"),
            frame(VERSION, 2, b"{}"),
            frame(VERSION, 3, b"\"\xff\""),
            vec![VERSION, 1],
        ] {
            receive::<String>(&mut &wire[..]).unwrap_err();
        }
        receive_at_most::<String>(&mut &frame(VERSION, 9, b"\"1234567\"")[..], 8).unwrap_err();
    }

    /// A megabyte of stream, of which a length field may claim up to 4 GiB.
    const STREAM: usize = 1 << 20;

    #[test]
    fn a_length_takes_no_memory_by_itself() {
        for len in [u32::MAX, LONGEST + 1, LONGEST, 4097] {
            let wire = frame(VERSION, len, b"[");
            let taken = measure(|| {
                receive::<String>(&mut &wire[..]).unwrap_err();
            });
            assert!(taken.bytes_max < 4096, "{} bytes for a length of {len}", taken.bytes_max);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn whatever_comes_is_a_message_or_an_error(
            begins_well in any::<bool>(),
            len in prop_oneof![Just(u32::MAX), 0..300_u32, any::<u32>()],
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let wire = if begins_well { frame(VERSION, len, &bytes) } else { bytes };
            let taken = measure(|| {
                let _ = receive_at_most::<serde_json::Value>(&mut &wire[..], 256);
            });
            prop_assert!(taken.bytes_max < 1 << 16, "{} bytes", taken.bytes_max);
        }

        #[test]
        fn a_long_stream_of_anything_stays_within_the_bound(byte in any::<u8>()) {
            let wire = [&[VERSION][..], &256_u32.to_le_bytes(), &vec![byte; STREAM]].concat();
            let taken = measure(|| {
                let _ = receive_at_most::<String>(&mut &wire[..], 256);
            });
            prop_assert!(taken.bytes_max < 1 << 14, "{} bytes", taken.bytes_max);
        }
    }
}
