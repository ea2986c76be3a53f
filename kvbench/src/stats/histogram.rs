//! A latency histogram: HDR, three significant digits, 1 ns to 1 h.

use super::summary::Summary;
use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};

/// The largest latency that is kept apart, 1 h in ns.
pub const MAX_NS: u64 = 3_600_000_000_000;
const MIN_NS: u64 = 1;
const SIGNIFICANT_DIGITS: u8 = 3;

/// Why a histogram could not be made, written or read.
#[derive(Debug, thiserror::Error)]
pub enum HistogramError {
    /// The bounds above do not suit the HDR library.
    #[error("failed to create a histogram: {0}")]
    Create(#[from] hdrhistogram::CreationError),
    /// The histogram could not be serialized.
    #[error("failed to serialize a histogram: {0}")]
    Serialize(#[from] hdrhistogram::serialization::V2SerializeError),
    /// The text is not base64.
    #[error("failed to read a histogram: not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// The bytes are not an HDR histogram.
    #[error("failed to read a histogram: not HDR V2: {0}")]
    Deserialize(#[from] hdrhistogram::serialization::DeserializeError),
    /// Another kind of histogram than [`Histogram::to_base64`] writes, or a length that is not its own: to
    /// make room for what it says could take all memory.
    #[error("failed to read a histogram: not one of 1 ns to 1 h with three digits, or not whole")]
    Foreign,
    /// The histogram read holds values that this one cannot.
    #[error("failed to merge histograms: {0}")]
    Merge(#[from] hdrhistogram::AdditionError),
}

/// Latencies in ns, each kept to within 0.1 % (Tene's HdrHistogram).
///
/// Recording neither allocates nor fails: 0 counts as 1 ns, and more than 1 h as 1 h. Merging is
/// exact, so the histogram of a run is the merge of its slices in any order.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram(hdrhistogram::Histogram<u64>);

impl Histogram {
    /// An empty histogram.
    pub fn new() -> Result<Self, HistogramError> {
        let inner = hdrhistogram::Histogram::new_with_bounds(MIN_NS, MAX_NS, SIGNIFICANT_DIGITS)?;
        Ok(Self(inner))
    }

    /// A histogram of `latencies_ns`.
    pub fn of(latencies_ns: &[u64]) -> Result<Self, HistogramError> {
        let mut histogram = Self::new()?;
        latencies_ns.iter().for_each(|&ns| histogram.record(ns));
        Ok(histogram)
    }

    /// Counts one latency.
    pub fn record(&mut self, latency_ns: u64) {
        self.0.saturating_record(latency_ns.max(MIN_NS));
    }

    /// Adds all that `other` counted.
    pub fn merge(&mut self, other: &Self) -> Result<(), HistogramError> {
        Ok(self.0.add(&other.0)?)
    }

    /// How many latencies were counted.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latencies that were counted, in ns, ascending, each as the middle of its bucket (to
    /// within 0.05 %).
    pub fn values(&self) -> impl Iterator<Item = u64> {
        self.0.iter_recorded().flat_map(|bucket| {
            let middle = self.0.median_equivalent(bucket.value_iterated_to());
            std::iter::repeat_n(middle, bucket.count_at_value() as usize)
        })
    }

    /// The nearest-rank `p`-quantile in ns: the smallest recorded value, to three digits, that at
    /// least a share `p` of the samples do not exceed (type 1 of Hyndman & Fan 1996). `None` when
    /// empty.
    pub fn quantile(&self, p: f64) -> Option<u64> {
        (self.count() > 0).then(|| self.0.value_at_quantile(p).clamp(self.0.min(), self.0.max()))
    }

    /// The figures of a result record; `None` when empty, so that no record shows a latency of 0.
    pub fn summary(&self) -> Result<Option<Summary>, HistogramError> {
        if self.count() == 0 {
            return Ok(None);
        }
        let at = |p| self.0.value_at_quantile(p).min(self.0.max());
        Ok(Some(Summary {
            count: self.count(),
            min: self.0.min(),
            // To 0.1 ns: beyond, the digits are noise, and JSON readers round them differently.
            mean: (self.0.mean() * 10.0).round() / 10.0,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: self.0.max(),
            histogram: self.to_base64()?,
        }))
    }

    /// The HDR V2 serialization (not compressed) in base64: any HdrHistogram library reads it.
    pub fn to_base64(&self) -> Result<String, HistogramError> {
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(&self.0, &mut bytes)?;
        Ok(STANDARD.encode(bytes))
    }

    /// Reads back what [`Self::to_base64`] wrote.
    pub fn from_base64(text: &str) -> Result<Self, HistogramError> {
        let bytes = STANDARD.decode(text)?;
        if header(&bytes) != header(&STANDARD.decode(Self::new()?.to_base64()?)?) {
            return Err(HistogramError::Foreign);
        }
        let read: hdrhistogram::Histogram<u64> =
            Deserializer::new().deserialize(&mut bytes.as_slice())?;
        let mut histogram = Self::new()?;
        histogram.0.add(&read)?;
        Ok(histogram)
    }
}

/// What a serialized histogram begins with: format, digits and bounds, and whether the length that it gives
/// is that of the counts behind it. `None` if it is too short to say.
fn header(bytes: &[u8]) -> Option<([u8; 4], &[u8], bool)> {
    let (format, rest) = bytes.split_first_chunk::<4>()?;
    let (len, rest) = rest.split_first_chunk::<4>()?;
    let (about, counts) = rest.split_at_checked(32)?;
    Some((*format, about, u32::from_be_bytes(*len) as usize == counts.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_three_digits() {
        let histogram = Histogram::of(&[1_234_567, 999]).unwrap();
        assert_eq!(histogram.quantile(0.0), Some(999));
        let max = histogram.quantile(1.0).unwrap();
        assert!(max.abs_diff(1_234_567) <= 1_235, "{max}");
    }

    #[test]
    fn limits_are_counted_not_lost() {
        let histogram = Histogram::of(&[0, u64::MAX]).unwrap();
        assert_eq!((histogram.count(), histogram.quantile(0.0)), (2, Some(1)));
        assert!(histogram.quantile(1.0).unwrap() >= MAX_NS);
    }

    #[test]
    fn what_it_says_of_itself_takes_no_memory() {
        let whole = STANDARD.decode(Histogram::of(&[7]).unwrap().to_base64().unwrap()).unwrap();
        let changed = |at: usize, to: u8| {
            let mut bytes = whole.clone();
            bytes[at] = to;
            Histogram::from_base64(&STANDARD.encode(bytes))
        };
        assert_eq!(changed(0, whole[0]).unwrap().count(), 1);
        // The length of the counts, the significant digits, and the highest value.
        for at in [4, 15, 24] {
            assert!(matches!(changed(at, 0x70), Err(HistogramError::Foreign)), "byte {at}");
        }
    }

    #[test]
    fn reads_no_nonsense() {
        assert!(matches!(Histogram::from_base64("%"), Err(HistogramError::Base64(_))));
        assert!(matches!(Histogram::from_base64("AAAA"), Err(HistogramError::Foreign)));
        assert_eq!(Histogram::new().unwrap().quantile(0.5), None);
    }
}
