//! The limits of the container: control groups, of both versions.

use std::path::{Path, PathBuf};

use super::tree::Tree;

/// The files of a controller, by version of the control groups.
pub(super) struct Files {
    /// Version 2's.
    pub v2: &'static str,
    /// Version 1's.
    pub v1: &'static str,
}

/// The folders of this process in the hierarchies of `controller`, the innermost first, each with
/// whether it is of version 2. Every one of them limits the process.
///
/// Where the names of `/proc/self/cgroup` are those of the host, which a container does not see, only
/// the root of the hierarchy exists here, and it is the container's own.
pub(super) fn folders(tree: &Tree, controller: &str) -> Vec<(PathBuf, bool)> {
    let text = tree.text("proc/self/cgroup").unwrap_or_default();
    let mut folders = Vec::new();
    for line in text.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let roots: &[&str] = if controllers.is_empty() {
            &["sys/fs/cgroup", "sys/fs/cgroup/unified"]
        } else if controllers.split(',').any(|one| one == controller) {
            &[controllers, controller]
        } else {
            continue;
        };
        let is_v2 = controllers.is_empty();
        for root in roots {
            let root = if is_v2 { root.into() } else { Path::new("sys/fs/cgroup").join(root) };
            let inner = Path::new(path.trim_start_matches('/'));
            folders.extend(inner.ancestors().map(|part| (root.join(part), is_v2)));
        }
    }
    folders.retain(|(folder, _)| tree.has(folder));
    folders.dedup();
    folders
}

/// The numbers of `files` in the folders of `controller`, with where each was read. Files without a
/// number, which is how version 2 says that there is no limit, are left out.
pub(super) fn numbers(tree: &Tree, controller: &str, files: &Files) -> Vec<(u64, PathBuf)> {
    let read = |(folder, is_v2): (PathBuf, bool)| {
        let file = folder.join(if is_v2 { files.v2 } else { files.v1 });
        Some((tree.number(&file)?, file))
    };
    folders(tree, controller).into_iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::samples::Sample;

    const MEMORY: Files = Files { v2: "memory.max", v1: "memory.limit_in_bytes" };

    fn limits(sample: &Sample) -> Vec<u64> {
        numbers(&sample.tree(), "memory", &MEMORY).into_iter().map(|(number, _)| number).collect()
    }

    #[test]
    fn every_group_on_the_way_up_counts() {
        let sample = Sample::new()
            .file("proc/self/cgroup", "0::/a/b")
            .file("sys/fs/cgroup/a/b/memory.max", "100")
            .file("sys/fs/cgroup/a/memory.max", "max");
        assert_eq!(limits(&sample), [100]);
        assert_eq!(limits(&sample.file("sys/fs/cgroup/a/memory.max", "50")), [100, 50]);
    }

    #[test]
    fn version_1_and_its_mount_points() {
        let sample = Sample::new()
            .file("proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/x\n0::/")
            .file("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "7");
        assert_eq!(limits(&sample), [7]);
    }

    #[test]
    fn a_container_sees_its_own_group_as_the_root() {
        let sample = Sample::new()
            .file("proc/self/cgroup", "4:memory:/docker/0123")
            .file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9");
        assert_eq!(limits(&sample), [9]);
    }
}
