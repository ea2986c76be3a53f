//! Reads the file of counters of another process, or of one that has ended.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::mem::size_of;
use std::path::Path;

use memmap2::Mmap;

use crate::counters::{MAGIC, NicCounters, RECORDS_AT, Record};
use crate::topology::MAX_NICS;

impl NicCounters {
    /// The counters of process `pid` in `folder`, by the name of the NIC: while it runs, or after
    /// its end.
    ///
    /// # Errors
    /// `NotFound` when the process has not asked libfabric for NICs yet; `InvalidData` when the
    /// file is of another kind.
    pub fn read(folder: &Path, pid: u32) -> io::Result<BTreeMap<String, Self>> {
        let file = File::open(folder.join(pid.to_string()))?;
        // SAFETY: the provider never shortens the file, and what it changes is read as atomics.
        let map = unsafe { Mmap::map(&file)? };
        let kind = map.get(..MAGIC.len()).filter(|magic| **magic == MAGIC);
        let count = kind.and_then(|_| map.get(MAGIC.len()..RECORDS_AT)?.try_into().ok());
        let count = count.map(u64::from_ne_bytes).filter(|&count| count <= u64::from(MAX_NICS));
        let count = count.and_then(|count| usize::try_from(count).ok());
        let Some(count) = count.filter(|n| map.len() == RECORDS_AT + n * size_of::<Record>())
        else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a file of counters"));
        };
        // SAFETY: the map has room for them, is aligned to a page, and outlives the slice; any
        // bytes are a record.
        let records = unsafe {
            std::slice::from_raw_parts(map.as_ptr().add(RECORDS_AT).cast::<Record>(), count)
        };
        Ok(records.iter().map(|record| (record.name(), record.load())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_of_counters_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let missing = NicCounters::read(folder.path(), 1).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        let mut one_nic_too_many = MAGIC.to_vec();
        one_nic_too_many.extend(1u64.to_ne_bytes());
        for content in [&b"x"[..], &MAGIC, &[0; 4096], &one_nic_too_many] {
            std::fs::write(folder.path().join("1"), content).unwrap();
            let error = NicCounters::read(folder.path(), 1).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
    }

    #[test]
    fn records_are_read_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut content = MAGIC.to_vec();
        content.extend(2u64.to_ne_bytes());
        for (name, first) in [("rdmap79s0", 7u64), ("rdmap96s0", 8)] {
            let mut record = vec![0; size_of::<Record>()];
            record[..name.len()].copy_from_slice(name.as_bytes());
            record[crate::counters::NAME_BYTES..][..8].copy_from_slice(&first.to_ne_bytes());
            content.extend(record);
        }
        std::fs::write(folder.path().join("77"), content).unwrap();
        let counters = NicCounters::read(folder.path(), 77).unwrap();
        assert_eq!(counters.len(), 2);
        let expected = NicCounters { write_ops: 7, ..NicCounters::default() };
        assert_eq!(counters["rdmap79s0"], expected);
        assert_eq!(counters["rdmap96s0"].write_ops, 8);
    }
}
