//! A worker's registered memory, and the marks in it that tell whose blocks these are.

use nixl::{Agent, Backend, Block, HostBuffer, LocalList, Region, Registration};

use crate::serving::PoolShape;
use crate::serving::message::Stamp;
use crate::workload::HugePages;

/// Bytes of a mark. There is one at each end of every piece of a block.
const MARK: usize = size_of::<u64>();

/// The memory of a pool.
pub(super) struct Memory {
    pub shape: PoolShape,
    pub list: LocalList,
    registration: Registration,
}

impl Memory {
    /// Allocates and registers it, and prepares all of its descriptors.
    pub fn register(
        agent: &Agent,
        backend: &Backend,
        shape: PoolShape,
        pages: HugePages,
    ) -> Result<Self, String> {
        let bytes = usize::try_from(shape.bytes()).map_err(|error| error.to_string())?;
        let buffer = HostBuffer::options().huge_pages(pages.into()).map(bytes);
        let buffer = buffer.map_err(|error| error.to_string())?;
        let registration = agent.register(buffer, &[backend]);
        let registration = registration.map_err(|error| error.error.to_string())?;
        let list = registration.prepare(descriptors(shape), backend);
        Ok(Self { shape, list: list.map_err(|error| error.to_string())?, registration })
    }

    /// Where peers find it.
    pub fn region(&self) -> Region {
        self.registration.region()
    }

    /// Writes what a block holds into all of its pieces.
    pub fn write(&self, stamp: Stamp) -> Result<(), String> {
        for (piece, place) in self.places(stamp.block) {
            let mark = mark(stamp.content, piece).to_ne_bytes();
            for at in place {
                self.registration.write(at, &mark).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }

    /// Whether a block holds what it should; what differs, if not.
    pub fn check(&self, stamp: Stamp) -> Result<(), String> {
        for (piece, place) in self.places(stamp.block) {
            let expected = mark(stamp.content, piece);
            for at in place {
                let mut found = [0; MARK];
                self.registration.read(at, &mut found).map_err(|error| error.to_string())?;
                let found = u64::from_ne_bytes(found);
                if found != expected {
                    let block = stamp.block;
                    return Err(format!(
                        "block {block}, piece {piece}, byte {at}: expected {expected:#018x}, found \
                         {found:#018x}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The two marks of each piece of a block.
    fn places(&self, block: u32) -> impl Iterator<Item = (u32, [usize; 2])> + use<> {
        let shape = self.shape;
        (0..shape.pieces).map(move |piece| {
            let first = shape.offset(piece * shape.slots() + block) as usize;
            (piece, [first, first + (shape.piece_bytes as usize).saturating_sub(MARK)])
        })
    }
}

/// The descriptors of a pool, in its order.
pub(super) fn descriptors(shape: PoolShape) -> impl Iterator<Item = Block> {
    let len = shape.piece_bytes as usize;
    (0..shape.descriptors()).map(move |index| Block { offset: shape.offset(index) as usize, len })
}

/// A mark that no other block and no other piece has.
fn mark(content: u64, piece: u32) -> u64 {
    content ^ u64::from(piece).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
