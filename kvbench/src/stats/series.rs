//! What was measured of one variant: slices in time order.

use super::{Histogram, HistogramError, Metric, pooled};

/// One short, uninterrupted stretch of measuring one variant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slice {
    /// Latency of each transfer, ns.
    pub latencies_ns: Vec<u64>,
    /// Bytes that the slice moved.
    pub bytes: u64,
    /// Time that the slice took, ns.
    pub elapsed_ns: u64,
}

impl Slice {
    /// Appends another one's samples, bytes and time.
    pub fn extend(&mut self, other: &Self) {
        self.latencies_ns.extend(&other.latencies_ns);
        self.bytes += other.bytes;
        self.elapsed_ns += other.elapsed_ns;
    }
}

/// The slices of one variant. Slice i of one series and slice i of another were measured next to
/// each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    slices: Vec<SortedSlice>,
    independent: bool,
}

/// A slice ready for quantiles: its samples ascend.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SortedSlice {
    pub(super) sorted_ns: Vec<u64>,
    pub(super) sum_ns: f64,
    pub(super) bytes: u64,
    pub(super) elapsed_ns: u64,
}

impl From<Slice> for SortedSlice {
    fn from(slice: Slice) -> Self {
        let mut sorted_ns = slice.latencies_ns;
        sorted_ns.sort_unstable();
        Self {
            sum_ns: sorted_ns.iter().map(|&ns| ns as f64).sum(),
            sorted_ns,
            bytes: slice.bytes,
            elapsed_ns: slice.elapsed_ns,
        }
    }
}

impl Series {
    /// A series without slices.
    pub fn new() -> Self {
        Self::default()
    }

    /// A series whose slices will each come from processes of their own. They share nothing, so no
    /// autocorrelation is looked for, and an interval over them holds for the next start of the
    /// processes too.
    pub fn of_restarts() -> Self {
        Self { slices: Vec::new(), independent: true }
    }

    /// A series of what is in the order of time: equal runs of neighbours, at most `most` of them, each
    /// made a slice by `slice`.
    pub fn sliced<T>(items: &[T], most: usize, slice: impl FnMut(&[T]) -> Slice) -> Self {
        let each = items.len().div_ceil(most.max(1)).max(1);
        items.chunks(each).map(slice).collect()
    }

    /// Whether each slice comes from processes of its own.
    pub fn is_of_restarts(&self) -> bool {
        self.independent
    }

    /// Appends the next slice in time. Sorts its samples: call it between slices, not while
    /// measuring.
    pub fn push(&mut self, slice: Slice) {
        self.slices.push(slice.into());
    }

    /// The slices in time order: latencies (ascending, ns), bytes, and elapsed time (ns).
    pub fn slices(&self) -> impl Iterator<Item = (&[u64], u64, u64)> {
        self.slices.iter().map(|slice| (&slice.sorted_ns[..], slice.bytes, slice.elapsed_ns))
    }

    /// Slices so far.
    pub fn len(&self) -> usize {
        self.slices.len()
    }

    /// Whether there is no slice yet.
    pub fn is_empty(&self) -> bool {
        self.slices.is_empty()
    }

    /// Samples in all slices.
    pub fn samples(&self) -> u64 {
        self.slices.iter().map(|slice| slice.sorted_ns.len() as u64).sum()
    }

    /// The metric over all slices pooled; `None` where nothing was measured. Exact, not from a
    /// histogram.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        pooled::value(&self.slices, metric)
    }

    /// The metric of each slice by itself in time order, to plot or to test for drift; slices
    /// without it are left out.
    pub fn per_slice(&self, metric: Metric) -> Vec<f64> {
        self.slices
            .iter()
            .filter_map(|slice| pooled::value(std::slice::from_ref(slice), metric))
            .collect()
    }

    /// The histogram of all samples.
    pub fn histogram(&self) -> Result<Histogram, HistogramError> {
        let mut histogram = Histogram::new()?;
        self.slices.iter().flat_map(|slice| &slice.sorted_ns).for_each(|&ns| histogram.record(ns));
        Ok(histogram)
    }

    pub(super) fn sorted(&self) -> &[SortedSlice] {
        &self.slices
    }
}

impl FromIterator<Slice> for Series {
    fn from_iter<I: IntoIterator<Item = Slice>>(slices: I) -> Self {
        let slices = slices.into_iter().map(SortedSlice::from).collect();
        Self { slices, independent: false }
    }
}
