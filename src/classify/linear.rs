//! The trained model: weights of features, a few numbers beside them, and the arithmetic that makes thousandths of them.
//!
//! A model is one file of bytes that the program carries. It asks several questions of a comment (does it report an event, is somebody
//! in danger, …); each is a *column* of a *table*: weights of one byte each, a scale for each group of features, a bias, and a curve
//! from sums to thousandths. Everything is integers, so that the same comment gets the same score on every machine. `training` makes
//! the file, `verdict` knows which column asks what; this module writes, reads and applies it, and knows nothing of what a feature
//! means.

use std::borrow::Cow;
use std::fmt;

#[cfg(any(test, feature = "local"))]
use sha2::{Digest, Sha256};

use super::features::{BUCKETS, Features, GROUPS, bucket};

/// The first bytes of a file of this form.
const MAGIC: &[u8; 8] = b"dayzero1";

/// The digest at the end of a file, in bytes.
const DIGEST: usize = 32;

/// Tables, columns and points of a curve at most: a file that claims more is no model.
const MOST_TABLES: usize = 8;
const MOST_COLUMNS: usize = 64;
const MOST_POINTS: usize = 256;

/// Where bands begin, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    pub(crate) alert: u16,
    pub(crate) review: u16,
}

/// One question: what its weights are worth, and what their sum means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Thousandths of a logit.
    pub(crate) bias: i32,
    /// What a weight of one is worth in each group: thousandths of a logit, times 65,536.
    pub(crate) scales: [i32; GROUPS],
    /// From sums to thousandths, ascending; between two points lies a straight line.
    pub(crate) curve: Vec<(i32, u16)>,
}

/// Questions that are asked of the same features. A feature's number is cut to the table's size, a power of two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table<'m> {
    pub(crate) rows: u32,
    pub(crate) columns: Vec<Column>,
    /// Row by row, a byte for each column, in two's complement: one look-up answers all questions.
    pub(crate) weights: Cow<'m, [u8]>,
}

/// A whole model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Model<'m> {
    /// For high and for balanced sensitivity.
    pub(crate) lines: [Lines; 2],
    pub(crate) tables: Vec<Table<'m>>,
    /// The beginning of the digest of all bytes, as hexadecimal digits.
    pub(crate) digest: String,
}

/// Why bytes are no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    Magic,
    Cut,
    Size,
    #[cfg(any(test, feature = "local"))]
    Digest,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Magic => "it does not begin as a model does",
            Self::Cut => "it ends too early, or too late",
            Self::Size => "a number in it is larger than a model can be",
            #[cfg(any(test, feature = "local"))]
            Self::Digest => "its digest is not that of its bytes",
        })
    }
}

impl Table<'_> {
    /// The sum of each column for a comment, in thousandths of a logit.
    pub(crate) fn sums(&self, features: &Features) -> Vec<i32> {
        let mut sums: Vec<i64> = self.columns.iter().map(|column| i64::from(column.bias)).collect();
        let mut weights = vec![0_i32; self.columns.len()];
        for (group, features) in features.groups.iter().enumerate() {
            match weights.as_mut_slice() {
                [only] => *only = features.iter().map(|feature| self.weight_of(*feature) as i32).sum(),
                several => {
                    several.fill(0);
                    for feature in features {
                        for (sum, weight) in several.iter_mut().zip(self.row(*feature)) {
                            *sum += i32::from(weight.cast_signed());
                        }
                    }
                }
            }
            for ((sum, weights), column) in sums.iter_mut().zip(&weights).zip(&self.columns) {
                *sum += i64::from(column.part(group, i64::from(*weights), features.len()));
            }
        }
        sums.into_iter().map(|sum| i32::try_from(sum).unwrap_or(if sum < 0 { i32::MIN } else { i32::MAX })).collect()
    }

    /// The weights of one feature, by column.
    pub(crate) fn row(&self, feature: u32) -> &[u8] {
        let at = (feature & self.rows.wrapping_sub(1)) as usize * self.columns.len();
        self.weights.get(at..at + self.columns.len()).unwrap_or_default()
    }

    /// A feature's weight in the first column.
    pub(crate) fn weight_of(&self, feature: u32) -> i64 {
        self.row(feature).first().map_or(0, |weight| i64::from(weight.cast_signed()))
    }

    /// The same of a feature that has no number yet.
    pub(crate) fn weight(&self, hash: u64) -> i64 {
        self.weight_of(bucket(hash))
    }

    /// What a comment comes to in each column: thousandths.
    pub(crate) fn ask(&self, features: &Features) -> Vec<u16> {
        self.sums(features).into_iter().zip(&self.columns).map(|(sum, column)| column.thousandths(sum)).collect()
    }
}

impl Column {
    /// What the weights of a group's features come to, so many of them, in thousandths of a logit.
    pub(crate) fn part(&self, group: usize, weights: i64, count: usize) -> i32 {
        let part = (weights * inverse_root(count) * i64::from(self.scales[group])) >> 32;
        i32::try_from(part).unwrap_or(if part < 0 { i32::MIN } else { i32::MAX })
    }

    /// What a sum means: thousandths.
    pub(crate) fn thousandths(&self, sum: i32) -> u16 {
        let above = self.curve.partition_point(|(at, _)| *at <= sum);
        match (above.checked_sub(1).and_then(|before| self.curve.get(before)), self.curve.get(above)) {
            (None, None) => 0,
            (None, Some((_, value))) | (Some((_, value)), None) => *value,
            (Some((from, low)), Some((to, high))) => {
                let (from, to, low, high) = (i64::from(*from), i64::from(*to), i64::from(*low), i64::from(*high));
                let value = low + (high - low) * (i64::from(sum) - from) / (to - from).max(1);
                u16::try_from(value.clamp(0, 1000)).unwrap_or(1000)
            }
        }
    }
}

/// 65,536 divided by the square root of a count.
pub(crate) fn inverse_root(count: usize) -> i64 {
    ROOTS.get(count).copied().unwrap_or_else(|| root(count))
}

/// Counts that most groups of features have: a root costs as much as a dozen weights.
const ROOTS: [i64; 1024] = {
    let mut roots = [0; 1024];
    let mut count = 0;
    while count < roots.len() {
        roots[count] = root(count);
        count += 1;
    }
    roots
};

const fn root(count: usize) -> i64 {
    let count = if count == 0 { 1 } else { count as u64 };
    ((1u64 << 32) / count).isqrt() as i64
}

impl<'m> Model<'m> {
    /// Reads a file. The digest is believed: [`Model::check`] computes it, which a start would pay for.
    pub(crate) fn read(bytes: &'m [u8]) -> Result<Self, Unfit> {
        let mut rest = Bytes(bytes);
        if rest.take(MAGIC.len())? != MAGIC {
            return Err(Unfit::Magic);
        }
        let mut lines = [Lines::default(); 2];
        for line in &mut lines {
            *line = Lines { alert: rest.u16()?, review: rest.u16()? };
        }
        let count = rest.count(MOST_TABLES)?;
        let tables = (0..count).map(|_| rest.table()).collect::<Result<Vec<_>, Unfit>>()?;
        let digest = hex::encode(rest.take(DIGEST)?.get(..6).unwrap_or_default());
        if rest.0.is_empty() { Ok(Self { lines, tables, digest }) } else { Err(Unfit::Cut) }
    }
}

/// What only the making of a model needs.
#[cfg(any(test, feature = "local"))]
impl<'m> Model<'m> {
    /// Reads a file and makes sure that it is the one it says.
    pub(crate) fn check(bytes: &'m [u8]) -> Result<Self, Unfit> {
        let model = Self::read(bytes)?;
        let (body, digest) = bytes.split_at(bytes.len() - DIGEST);
        if Sha256::digest(body).as_slice() == digest { Ok(model) } else { Err(Unfit::Digest) }
    }

    /// The same, free of the bytes it was read from.
    pub(crate) fn into_owned(self) -> Model<'static> {
        let owned =
            |table: Table<'m>| Table { rows: table.rows, columns: table.columns, weights: table.weights.into_owned().into() };
        Model { lines: self.lines, tables: self.tables.into_iter().map(owned).collect(), digest: self.digest }
    }

    /// The file of a model, its digest at the end.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        for line in self.lines {
            out.extend(line.alert.to_le_bytes());
            out.extend(line.review.to_le_bytes());
        }
        out.extend((self.tables.len() as u16).to_le_bytes());
        for table in &self.tables {
            out.extend(table.rows.to_le_bytes());
            out.extend((table.columns.len() as u16).to_le_bytes());
            for column in &table.columns {
                out.extend(column.bias.to_le_bytes());
                for scale in column.scales {
                    out.extend(scale.to_le_bytes());
                }
                out.extend((column.curve.len() as u16).to_le_bytes());
                for (at, value) in &column.curve {
                    out.extend(at.to_le_bytes());
                    out.extend(value.to_le_bytes());
                }
            }
            out.extend(table.weights.iter());
        }
        let digest = Sha256::digest(&out);
        out.extend(digest);
        out
    }
}

/// What is left of a file.
struct Bytes<'m>(&'m [u8]);

impl<'m> Bytes<'m> {
    fn take(&mut self, count: usize) -> Result<&'m [u8], Unfit> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Unfit::Cut)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Unfit> {
        self.take(N)?.try_into().map_err(|_| Unfit::Cut)
    }

    fn u16(&mut self) -> Result<u16, Unfit> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    fn i32(&mut self) -> Result<i32, Unfit> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn count(&mut self, most: usize) -> Result<usize, Unfit> {
        let count = usize::from(self.u16()?);
        if count <= most { Ok(count) } else { Err(Unfit::Size) }
    }

    fn table(&mut self) -> Result<Table<'m>, Unfit> {
        let rows = u32::from_le_bytes(self.array()?);
        if rows > BUCKETS || !rows.is_power_of_two() {
            return Err(Unfit::Size);
        }
        let count = self.count(MOST_COLUMNS)?;
        let columns = (0..count).map(|_| self.column()).collect::<Result<Vec<_>, Unfit>>()?;
        let weights = self.take(rows as usize * count)?.into();
        Ok(Table { rows, columns, weights })
    }

    fn column(&mut self) -> Result<Column, Unfit> {
        let bias = self.i32()?;
        let mut scales = [0; GROUPS];
        for scale in &mut scales {
            *scale = self.i32()?;
        }
        let points = self.count(MOST_POINTS)?;
        let curve = (0..points).map(|_| Ok((self.i32()?, self.u16()?))).collect::<Result<Vec<_>, Unfit>>()?;
        Ok(Column { bias, scales, curve })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model<'static> {
        let weights: Vec<i8> = vec![0, 0, 100, 1, -50, 2, 0, 3];
        let column = |bias| Column { bias, scales: [10 << 16, 0, 0, 1 << 16], curve: vec![(-2000, 0), (0, 500), (2000, 1000)] };
        let weights: Vec<u8> = weights.into_iter().map(i8::cast_unsigned).collect();
        let table = Table { rows: 4, columns: vec![column(-500), column(0)], weights: weights.into() };
        Model { lines: [Lines { alert: 400, review: 100 }; 2], tables: vec![table], digest: String::new() }
    }

    #[test]
    fn sums_are_weights_over_the_root_of_their_number() {
        let table = &model().tables[0];
        let rows = [
            ([vec![], vec![], vec![], vec![]], [-500, 0], [375, 500]),
            ([vec![1], vec![], vec![], vec![]], [500, 10], [625, 502]),
            // Numbers are cut to the size of the table: 5 is 1. Four features count for half each.
            ([vec![1, 5, 9, 13], vec![], vec![], vec![]], [1500, 20], [875, 505]),
            ([vec![2], vec![1], vec![1], vec![1]], [-900, 21], [275, 505]),
        ];
        for (groups, sums, thousandths) in rows {
            let features = Features { groups };
            assert_eq!(table.sums(&features), sums, "{features:?}");
            assert_eq!(table.ask(&features), thousandths, "{features:?}");
        }
        assert_eq!(table.columns[0].thousandths(i32::MIN), 0);
        assert_eq!(table.columns[0].thousandths(i32::MAX), 1000);
    }

    #[test]
    fn a_file_is_read_as_it_was_written_and_a_damaged_one_is_not() {
        let file = model().write();
        let read = Model::check(&file).unwrap();
        assert_eq!((read.lines, &read.tables), (model().lines, &model().tables));
        assert_eq!(read.digest.len(), 12);
        for cut in 0..file.len() {
            assert!(Model::check(&file[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x40;
            assert!(Model::check(&damaged).is_err(), "damaged at {at}");
        }
    }
}
