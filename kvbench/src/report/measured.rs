//! A measured cell, under the name that tells it apart from the others of its run.

use std::ops::Deref;

use crate::record::{Cell, Record};

/// A cell that was measured.
pub(super) struct Measured<'a> {
    pub id: &'a str,
    pub name: String,
    cell: &'a Cell,
}

impl Deref for Measured<'_> {
    type Target = Cell;

    fn deref(&self) -> &Cell {
        self.cell
    }
}

impl<'a> Measured<'a> {
    /// The cell of a record, unless it failed.
    pub fn of(record: &'a Record) -> Option<Self> {
        let cell = record.measured()?;
        Some(Self { id: &record.cell, name: cell.variant.label(), cell })
    }
}

/// Names the cells of a run so that no two are the same. Emulated is never mixed with real.
pub(super) fn tell_apart(cells: &mut [Measured<'_>]) {
    let places: Vec<_> = cells.iter().map(|cell| cell.environment.netns.clone()).collect();
    if places.iter().any(|place| *place != places[0]) {
        for (cell, place) in cells.iter_mut().zip(places) {
            cell.name += &format!(" netns={place}");
        }
    }
    let added: Vec<_> = (0..cells.len()).map(|index| addition(cells, index)).collect();
    for (cell, added) in cells.iter_mut().zip(added) {
        cell.name += &added;
        if cell.emulated {
            cell.name += " (emulated)";
        }
    }
}

/// What the name at `index` needs: the NIXL where that differs, else a number.
fn addition(cells: &[Measured<'_>], index: usize) -> String {
    let own = &cells[index];
    let same_name = |other: &&Measured<'_>| other.name == own.name;
    let origin = |cell: &Measured<'_>| cell.environment.nixl_origin.clone();
    if cells.iter().filter(same_name).count() < 2 {
        String::new()
    } else if cells.iter().filter(same_name).any(|other| origin(other) != origin(own)) {
        format!(", NIXL {}", origin(own))
    } else {
        format!(" #{}", 1 + cells[..index].iter().filter(same_name).count())
    }
}
