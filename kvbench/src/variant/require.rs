//! What a run must prove of its path, or it counts as failed.

use super::{Observed, Path};

/// What is required of the path.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Requirements {
    /// NICs carried the payload.
    pub nic: bool,
    /// So many of them.
    pub rails: Option<u32>,
    /// Over RDMA.
    pub rdma: bool,
}

impl Requirements {
    /// What `observed` does not fulfil, a sentence each.
    pub fn unmet(&self, observed: &Observed) -> Vec<String> {
        let mut unmet = Vec::new();
        let (path, evidence) = (observed.path, &observed.path_evidence);
        if (self.nic || self.rdma) && path != Path::Nic {
            unmet
                .push(format!("no NIC is proved to have carried the payload ({path}: {evidence})"));
        } else if self.rdma && !observed.over_rdma() {
            let carried = observed.carrying().join(", ");
            unmet.push(format!("RDMA is required, and {carried} carried the payload"));
        }
        if let Some(rails) = self.rails
            && observed.rails_used != rails
        {
            let used = observed.rails_used;
            unmet.push(format!("{rails} rails are required, and {used} carried the payload"));
        }
        unmet
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::measure::NicBytes;

    fn over(path: Path, transport: &str, nic: &str) -> Observed {
        let nic_bytes = BTreeMap::from([(nic.to_owned(), NicBytes { tx: 9, rx: 9 })]);
        Observed {
            path,
            path_evidence: "9 bytes".into(),
            fallback: None,
            transports: vec![transport.into()],
            rails_created: Some(1),
            rails_used: u32::from(path == Path::Nic),
            nic_bytes,
            target_nic_bytes: BTreeMap::new(),
            nic_alone_bytes_per_s: BTreeMap::new(),
            findings: Vec::new(),
            settings: BTreeMap::new(),
        }
    }

    #[test]
    fn each_requirement_can_fail() {
        let tcp = over(Path::Nic, "tcp/eth0", "eth0");
        let rdma = over(Path::Nic, "rc_mlx5/mlx5_0:1", "mlx5_0");
        let shared = over(Path::SharedMemory, "cma/memory", "lo");
        let nic = Requirements { nic: true, ..Requirements::default() };
        assert!(nic.unmet(&tcp).is_empty());
        assert!(nic.unmet(&shared)[0].contains("shared memory: 9 bytes"));
        let needs = Requirements { rdma: true, ..Requirements::default() };
        assert!(needs.unmet(&rdma).is_empty());
        assert!(needs.unmet(&tcp)[0].contains("tcp/eth0"));
        assert_eq!(needs.unmet(&shared).len(), 1);
        let two = Requirements { rails: Some(2), ..Requirements::default() };
        assert!(two.unmet(&tcp)[0].contains("2 rails are required, and 1"));
    }
}
