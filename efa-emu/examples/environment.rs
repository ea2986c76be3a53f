//! Installs an emulation and prints its environment for a shell:
//!
//! ```sh
//! eval "$(cargo run -p efa-emu --example environment -- FOLDER NICS [BITS_PER_S])"
//! ```

use std::path::PathBuf;

use efa_emu::Emulation;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder: PathBuf = arguments.next().ok_or("no folder given")?.into();
    let nics = arguments.next().ok_or("no number of NICs given")?.parse()?;
    let pace_bits_per_s = arguments.next().map(|rate| rate.parse()).transpose()?;
    let installed = Emulation { pace_bits_per_s, ..Emulation::new(nics) }.install(&folder)?;
    for (name, value) in installed.env() {
        println!("export {name}='{}'", value.replace('\'', r"'\''"));
    }
    Ok(())
}
