//! Unpacks the included part of a verified wheel.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path};

use zip::ZipArchive;
use zip::read::ZipFile;

use crate::error::io_error;
use crate::pins::covers;
use crate::progress::during;
use crate::wheel::VerifiedWheel;
use crate::{Error, Pin, Progress};

/// Unpacks what the pin includes into the new folder `into`. Every entry of the wheel is looked at
/// before the first byte is written, the ones that stay packed as well.
pub(crate) fn unpack(
    pin: &Pin,
    wheel: VerifiedWheel,
    into: &Path,
    progress: &mut dyn Progress,
) -> Result<(), Error> {
    let VerifiedWheel { file, path } = wheel;
    let bad = |reason: String| Error::BadWheel { file: path.clone(), reason };
    let mut archive = ZipArchive::new(file).map_err(|error| bad(error.to_string()))?;
    let plan = plan(pin, &mut archive).map_err(&bad)?;

    fs::create_dir_all(into).map_err(io_error("create", into))?;
    let item = format!("unpacking {}", pin.label());
    during(progress, &item, plan.total_bytes, |progress| {
        let mut done_bytes = 0;
        for (index, path) in plan.entries {
            let mut entry = archive.by_index(index).map_err(|error| bad(error.to_string()))?;
            let target = into.join(path);
            let written = write_entry(&mut entry, &target, |bytes| {
                done_bytes += bytes;
                progress.advance(done_bytes.min(plan.total_bytes));
            });
            written.map_err(io_error("unpack", &target))?;
        }
        Ok(())
    })
}

/// What to unpack: number and target path of each entry, and their size when unpacked.
struct Plan {
    entries: Vec<(usize, String)>,
    total_bytes: u64,
}

fn plan(pin: &Pin, archive: &mut ZipArchive<File>) -> Result<Plan, String> {
    let mut plan = Plan { entries: Vec::new(), total_bytes: 0 };
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| error.to_string())?;
        let name = safe_name(&entry)?;
        let path = installed_path(&name);
        if !entry.is_dir() && pin.wants(path) {
            plan.total_bytes += entry.size();
            plan.entries.push((index, path.to_owned()));
        }
    }
    let found = |path: &&String| plan.entries.iter().any(|(_, unpacked)| covers(path, unpacked));
    match pin.include.iter().chain(&pin.provides).find(|path| !found(path)) {
        Some(missing) => Err(format!("it has no {missing}")),
        None => Ok(plan),
    }
}

/// The name of an entry. Refuses one that leads out of the target folder, and a link, which could
/// make a later name do so.
fn safe_name(entry: &ZipFile<'_, File>) -> Result<String, String> {
    let name = entry.name().map_err(|error| error.to_string())?.into_owned();
    let plain = Path::new(&name).components().all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() || !plain || name.contains(['\\', '\0']) {
        return Err(format!("its entry {name:?} would leave the target folder"));
    }
    match entry.is_symlink() {
        true => Err(format!("its entry {name:?} is a symbolic link")),
        false => Ok(name),
    }
}

/// Where an installer puts an entry: the wheel format lets `NAME-VERSION.data/` hold folders that
/// are spread over the target folder.
fn installed_path(name: &str) -> &str {
    let mut parts = name.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(data), Some("platlib" | "purelib" | "data"), Some(rest))
            if data.ends_with(".data") =>
        {
            rest
        }
        _ => name,
    }
}

/// Writes one file and syncs it, so that the rename that ends an unpacking never gets to disk
/// before the content.
fn write_entry(
    entry: &mut ZipFile<'_, File>,
    target: &Path,
    mut done: impl FnMut(u64),
) -> io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    let executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
    let mode = if executable { 0o755 } else { 0o644 };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(target)?;
    let mut chunk = vec![0; 1 << 18];
    loop {
        let count = entry.read(&mut chunk)?;
        if count == 0 {
            return file.sync_data();
        }
        file.write_all(&chunk[..count])?;
        done(count as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_folders_are_spread_as_an_installer_does() {
        assert_eq!(installed_path("x-1.data/platlib/clang/x.so"), "clang/x.so");
        assert_eq!(installed_path("x-1.data/data/lib/x.so"), "lib/x.so");
        assert_eq!(installed_path("x-1.data/headers/x.h"), "x-1.data/headers/x.h");
        assert_eq!(installed_path("x.libs/data/x.so"), "x.libs/data/x.so");
        assert_eq!(installed_path("METADATA"), "METADATA");
    }
}
