//! What this project's wrapper of NIXL costs beside the plain C ABI, NIXL's own Rust crate and NIXL's
//! Python API: the same calls on the same NIXL, in turns, in one run.
//!
//! `kvbench-peers [STARTS]` prints a table in Markdown. `PEERS_PYTHON` names a Python that can import
//! NIXL; without one, the Python API is left out.

mod binding;
mod c_abi;
mod machine;
mod official_crate;
mod python;
mod rounds;
mod table;
mod wrapper;

use std::ffi::OsStr;
use std::process::ExitCode;

use nixl::Nixl;

use crate::binding::{Binding, Result};
use crate::c_abi::CAbi;
use crate::official_crate::Official;
use crate::python::{Form, Python};
use crate::wrapper::Wrapper;

/// Starts of all bindings: agents, memory and connections anew each time.
const STARTS: u32 = 12;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kvbench-peers: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The bindings that are compared; the first is what the others are compared with.
#[derive(Clone, Copy)]
enum Kind {
    CAbi(&'static str),
    Wrapper,
    Official,
    Python(Form),
}

fn kinds(python: bool) -> Vec<Kind> {
    let mut kinds = vec![
        Kind::CAbi("C ABI"),
        Kind::Wrapper,
        Kind::Official,
        Kind::CAbi("C ABI, a second time"),
    ];
    if python {
        kinds.extend([Kind::Python(Form::Tuples), Kind::Python(Form::Arrays)]);
    }
    kinds
}

impl Kind {
    fn start(self, nixl: &Nixl, python: Option<&OsStr>, start: u32) -> Result<Box<dyn Binding>> {
        Ok(match self {
            Self::CAbi(name) => Box::new(CAbi::new(name, nixl, start)?),
            Self::Wrapper => Box::new(Wrapper::new(nixl, start)?),
            Self::Official => Box::new(Official::new(start)?),
            Self::Python(form) => {
                Box::new(Python::new(python.ok_or("no Python is given")?, form, nixl)?)
            }
        })
    }
}

fn run() -> Result<()> {
    let starts = std::env::args().nth(1).map_or(Ok(STARTS), |text| text.parse())?;
    let python = std::env::var_os("PEERS_PYTHON");
    let nixl = machine::open()?;
    let mut measured = rounds::Measured::default();
    for start in 0..starts {
        // Who comes first has memory that nobody has used yet, and so on: each gets every place.
        let mut kinds = kinds(python.is_some());
        let places = kinds.len();
        kinds.rotate_left(start as usize % places);
        let made = kinds.into_iter().map(|kind| kind.start(&nixl, python.as_deref(), start));
        let mut bindings = made.collect::<Result<Vec<_>>>()?;
        rounds::measure(&mut bindings, start, &mut measured)?;
        eprintln!("start {} of {starts} is measured", start + 1);
    }
    print!("{}", table::markdown(&nixl, &measured));
    Ok(())
}
