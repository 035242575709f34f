//! MTZ, the reflection file of CCP4: <https://www.ccp4.ac.uk/html/mtzformat.html>.
//!
//! `MTZ `, the header's position in 4-byte words, a machine stamp; from byte 80 one 4-byte real a column a reflection; then the
//! header, records of 80 characters.

use super::{Column, MergedFile, Quantity, Sign};
use crate::structure_factors::symmetry::Operator;

const RECORD_BYTES: usize = 80;
const DATA_START: usize = 80;

/// Whether a file says it is an MTZ.
pub fn is_mtz(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MTZ ")
}

/// Reads a merged MTZ file.
///
/// # Errors
/// What keeps it from being one.
pub fn parse(bytes: &[u8]) -> Result<MergedFile, String> {
    let order = ByteOrder::of(bytes)?;
    let header_start = header_start(bytes, order)?;
    let header = Header::parse(&bytes[header_start..])?;
    let width = header.columns.len();
    let expected = (header.reflections as u128) * (width as u128) * 4;
    let data = &bytes[DATA_START..header_start];
    if data.len() as u128 != expected {
        return Err(format!(
            "damaged MTZ file: {} reflections of {width} columns take {expected} bytes, but {} lie before the header",
            header.reflections,
            data.len()
        ));
    }
    let (words, _) = data.as_chunks::<4>();
    let value = |reflection: usize, column: usize| order.real(words[reflection * width + column]);

    let mut hkl = Vec::with_capacity(header.reflections);
    for reflection in 0..header.reflections {
        let mut index = [0; 3];
        for (axis, index) in index.iter_mut().enumerate() {
            let number = value(reflection, axis);
            let is_whole = number.fract() == 0.0 && number.abs() < 1e6;
            if !is_whole {
                return Err(format!(
                    "damaged MTZ file: reflection {} has the Miller index {number}",
                    reflection + 1
                ));
            }
            *index = number as i32;
        }
        hkl.push(index);
    }
    let mut columns = Vec::new();
    for (position, record) in header.columns.iter().enumerate() {
        let quantity = match record.kind {
            'F' | 'G' => Quantity::Amplitude,
            'J' | 'K' => Quantity::Intensity,
            _ => continue,
        };
        let values: Vec<f64> = (0..header.reflections)
            .map(|reflection| value(reflection, position))
            .map(|number| match header.missing {
                Some(missing) if number == missing => f64::NAN,
                _ => f64::from(number),
            })
            .collect();
        if values.iter().all(|value| value.is_nan()) {
            continue;
        }
        if let Some(row) = values.iter().position(|value| value.is_infinite()) {
            return Err(format!(
                "damaged MTZ file: {} of reflection {} is infinite",
                record.label,
                row + 1
            ));
        }
        columns.push(Column {
            label: record.label.clone(),
            quantity,
            sign: Sign::of_label(&record.label),
            cell: header.cell_of(record.dataset),
            values,
        });
    }
    Ok(MergedFile {
        format: "MTZ",
        hkl,
        columns,
        cell: header.cell,
        operators: header.operators,
        space_group: header.space_group,
        notes: Vec::new(),
    })
}

#[derive(Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    /// From the machine stamp: the first four bits tell how reals are stored.
    fn of(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() < DATA_START {
            return Err("the MTZ file is cut short: it has no room for data".into());
        }
        match bytes[8] >> 4 {
            1 => Ok(Self::Big),
            4 => Ok(Self::Little),
            other => Err(format!(
                "the machine stamp of the MTZ file says that reals are of kind {other}; only IEEE reals (1 or 4) are read"
            )),
        }
    }

    fn real(self, word: [u8; 4]) -> f32 {
        match self {
            Self::Little => f32::from_le_bytes(word),
            Self::Big => f32::from_be_bytes(word),
        }
    }

    fn integer(self, word: [u8; 4]) -> i32 {
        match self {
            Self::Little => i32::from_le_bytes(word),
            Self::Big => i32::from_be_bytes(word),
        }
    }

    fn long_integer(self, words: [u8; 8]) -> i64 {
        match self {
            Self::Little => i64::from_le_bytes(words),
            Self::Big => i64::from_be_bytes(words),
        }
    }
}

fn header_start(bytes: &[u8], order: ByteOrder) -> Result<usize, String> {
    let short: [u8; 4] = std::array::from_fn(|i| bytes[4 + i]);
    let long: [u8; 8] = std::array::from_fn(|i| bytes[12 + i]);
    // −1 marks a file of more than 2³¹ words.
    let word = match order.integer(short) {
        -1 => order.long_integer(long),
        word => i64::from(word),
    };
    word.checked_sub(1)
        .and_then(|word| usize::try_from(word).ok())
        .and_then(|word| word.checked_mul(4))
        .filter(|&start| (DATA_START..bytes.len()).contains(&start))
        .ok_or_else(|| {
            format!(
                "the MTZ file is cut short or damaged: its header should start at word {word}, but it has {} bytes",
                bytes.len()
            )
        })
}

struct ColumnRecord {
    label: String,
    kind: char,
    dataset: i64,
}

#[derive(Default)]
struct Header {
    reflections: usize,
    declared_columns: usize,
    columns: Vec<ColumnRecord>,
    cell: Option<[f64; 6]>,
    dataset_cells: Vec<(i64, [f64; 6])>,
    operators: Vec<Operator>,
    space_group: Option<String>,
    /// The number that stands for a missing value, when it is not NaN.
    missing: Option<f32>,
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut header = Self::default();
        let mut has_end = false;
        for record in bytes.chunks(RECORD_BYTES) {
            let text = String::from_utf8_lossy(record);
            let text = text.trim_end_matches(['\0', ' ']);
            let (keyword, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            if keyword == "END" {
                has_end = true;
                break;
            }
            header
                .record(keyword, rest)
                .ok_or_else(|| format!("damaged MTZ header: {text:?}"))?
                .map_or(Ok(()), Err)?;
        }
        if !has_end {
            return Err("the MTZ file is cut short: its header has no END".into());
        }
        if header.declared_columns != header.columns.len() {
            return Err(format!(
                "damaged MTZ header: NCOL says {} columns, but {} are described",
                header.declared_columns,
                header.columns.len()
            ));
        }
        let indices = header.columns.iter().take_while(|c| c.kind == 'H').count();
        if indices < 3 {
            return Err("the first three columns of the MTZ file are not h, k, l".into());
        }
        Ok(header)
    }

    /// Takes in one record: `None` when it is damaged, `Some(Some(problem))` when it rules the file out.
    fn record(&mut self, keyword: &str, rest: &str) -> Option<Option<String>> {
        let mut words = rest.split_whitespace();
        match keyword {
            "NCOL" => {
                self.declared_columns = words.next()?.parse().ok()?;
                self.reflections = words.next()?.parse().ok()?;
                let batches: i64 = words.next().unwrap_or("0").parse().ok()?;
                if batches != 0 {
                    return Some(Some(
                        "the MTZ file is not merged; scale and merge it first (aimless, dials.merge)"
                            .into(),
                    ));
                }
            }
            "CELL" => self.cell = Some(six_numbers(words)?),
            "DCELL" => {
                let dataset = words.next()?.parse().ok()?;
                self.dataset_cells.push((dataset, six_numbers(words)?));
            }
            "SYMINF" => {
                self.space_group = rest.split('\'').nth(1).map(|name| name.trim().to_owned());
            }
            "SYMM" => match Operator::parse(rest) {
                Ok(operator) => self.operators.push(operator),
                Err(problem) => return Some(Some(problem)),
            },
            "VALM" => {
                let value: f32 = words.next()?.parse().ok()?;
                self.missing = Some(value).filter(|value| !value.is_nan());
            }
            "COLUMN" => {
                let label = words.next()?.to_owned();
                let kind = words.next()?.chars().next()?;
                let dataset = words.nth(2).and_then(|word| word.parse().ok()).unwrap_or(0);
                self.columns.push(ColumnRecord {
                    label,
                    kind,
                    dataset,
                });
            }
            _ => {}
        }
        Some(None)
    }

    fn cell_of(&self, dataset: i64) -> Option<[f64; 6]> {
        let own = self.dataset_cells.iter().find(|(id, _)| *id == dataset);
        own.map(|(_, cell)| *cell).or(self.cell)
    }
}

fn six_numbers<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<[f64; 6]> {
    let mut numbers = [0.0; 6];
    for number in &mut numbers {
        *number = words.next()?.parse().ok().filter(|n: &f64| n.is_finite())?;
    }
    Some(numbers)
}
