//! Which variants of a run are ceilings, and of which others.
//!
//! Beside variants of NIXL, the others are there to measure them by: the raw transport with the same
//! settings, and the copy in memory. By themselves they are variants like any other.

use super::job::Job;
use crate::variant::{BackendName, Variant};

impl Job {
    /// The variant that verdicts are against: the first that is no ceiling.
    pub fn base(&self) -> usize {
        (0..self.contenders.len()).find(|index| !self.is_ceiling(*index)).unwrap_or(0)
    }

    /// Whether the variant at `index` is there to measure others by.
    pub fn is_ceiling(&self, index: usize) -> bool {
        let is_nixl = |index: usize| self.contenders[index].variant.backend.is_nixl();
        !is_nixl(index) && (0..self.contenders.len()).any(is_nixl)
    }

    /// The ceilings of the variant at `index`, raw transports first.
    pub fn ceilings_of(&self, index: usize) -> Vec<usize> {
        let own = &self.contenders[index].variant;
        let is_one = |other: &usize| bounds(&self.contenders[*other].variant, own);
        let mut ceilings: Vec<usize> = (0..self.contenders.len()).filter(is_one).collect();
        ceilings.sort_by_key(|other| self.contenders[*other].variant.backend);
        ceilings
    }
}

/// Whether `other` is a ceiling of `own`: a variant of NIXL over the same medium with the same
/// settings, or over any.
fn bounds(other: &Variant, own: &Variant) -> bool {
    let same = || {
        let settings = |one: &Variant| (one.rails, one.enumerate.clone(), one.env.clone());
        own.backend.raw() == Some(other.backend) && settings(own) == settings(other)
    };
    own.backend.is_nixl() && (other.backend == BackendName::Memcpy || same())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::Rails;

    #[test]
    fn a_raw_transport_is_the_ceiling_of_the_same_settings() {
        let of = Variant::new;
        let few = |backend| Variant { rails: Rails::Count(1), ..of(backend) };
        assert!(bounds(&of(BackendName::RawUcx), &of(BackendName::Ucx)));
        assert!(bounds(&few(BackendName::RawUcx), &few(BackendName::Ucx)));
        assert!(!bounds(&few(BackendName::RawUcx), &of(BackendName::Ucx)));
        assert!(!bounds(&of(BackendName::RawUcx), &of(BackendName::Libfabric)));
        assert!(!bounds(&of(BackendName::Ucx), &of(BackendName::Ucx)));
    }

    #[test]
    fn a_copy_in_memory_is_the_ceiling_of_all_nixl() {
        let memcpy = Variant::new(BackendName::Memcpy);
        let mut ucx = Variant::new(BackendName::Ucx);
        ucx.params.insert("num_workers".into(), "2".into());
        assert!(bounds(&memcpy, &ucx));
        assert!(!bounds(&memcpy, &Variant::new(BackendName::RawUcx)));
    }
}
