//! What a detector counted.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Pixels that are made at a time.
const BLOCK_PIXELS: usize = 1 << 18;

/// Whole numbers of an image, made row by row when somebody takes them, so that they need no memory of their own.
#[derive(Clone)]
pub struct Counts<'a> {
    /// Slow and fast pixels.
    shape: (usize, usize),
    saturation: u32,
    row: Arc<Row<'a>>,
}

/// Fills in the row of a number.
type Row<'a> = dyn Fn(usize, &mut [u32]) + Send + Sync + 'a;

/// A number that counts are written as.
pub trait CountPixel: Copy + Default + Send + Sync {
    /// The count, or the largest number of this type where it is less.
    fn narrow(count: u32) -> Self;
}

macro_rules! count_pixels {
    ($($number:ty),*) => {$(
        impl CountPixel for $number {
            fn narrow(count: u32) -> Self {
                Self::try_from(count).unwrap_or(Self::MAX)
            }
        }
    )*};
}
count_pixels!(u16, u32, i32);

impl<'a> Counts<'a> {
    /// Counts of up to `saturation` on (slow, fast) pixels; `row` fills in the row of a number.
    pub fn by_row(
        shape: (usize, usize),
        saturation: u32,
        row: impl Fn(usize, &mut [u32]) + Send + Sync + 'a,
    ) -> Self {
        Self {
            shape,
            saturation,
            row: Arc::new(row),
        }
    }

    /// The numbers of an array of shape (slow, fast), those beyond `saturation` as that.
    pub fn of<T: Copy + Into<u32> + Send + Sync>(
        array: ArrayView2<'a, T>,
        saturation: u32,
    ) -> Self {
        Self::by_row(array.dim(), saturation, move |slow, counts| {
            for (count, &number) in counts.iter_mut().zip(array.row(slow)) {
                *count = number.into().min(saturation);
            }
        })
    }

    /// Slow and fast pixels.
    pub fn dim(&self) -> (usize, usize) {
        self.shape
    }

    /// The count that stands for itself and for all above it.
    pub fn saturation(&self) -> u32 {
        self.saturation
    }

    /// All counts at once, shape (slow, fast).
    pub fn to_array(&self) -> Array2<u32> {
        Array2::from_shape_vec(self.shape, self.to_vec()).expect("there is a count for each pixel")
    }

    /// All counts at once, fast axis first.
    pub fn to_vec<T: CountPixel>(&self) -> Vec<T> {
        let mut all = Vec::with_capacity(self.shape.0 * self.shape.1);
        let collected = self.for_each_block(|block| {
            all.extend_from_slice(block);
            Ok::<_, std::convert::Infallible>(())
        });
        match collected {
            Ok(()) => all,
        }
    }

    /// Hands the counts to `take` in order, so many whole rows at a time.
    ///
    /// # Errors
    /// What `take` returns.
    pub fn for_each_block<T: CountPixel, E>(
        &self,
        mut take: impl FnMut(&[T]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (slow_pixels, fast_pixels) = self.shape;
        if fast_pixels == 0 {
            return Ok(());
        }
        let rows = (BLOCK_PIXELS / fast_pixels).clamp(1, slow_pixels.max(1));
        let mut block = vec![T::default(); rows * fast_pixels];
        for first in (0..slow_pixels).step_by(rows) {
            let block = &mut block[..rows.min(slow_pixels - first) * fast_pixels];
            block.par_chunks_mut(fast_pixels).enumerate().for_each_init(
                || vec![0; fast_pixels],
                |counts, (row, narrowed)| {
                    (self.row)(first + row, counts);
                    for (narrow, &count) in narrowed.iter_mut().zip(counts.iter()) {
                        *narrow = T::narrow(count);
                    }
                },
            );
            take(block)?;
        }
        Ok(())
    }
}

impl<'a> From<ArrayView2<'a, u16>> for Counts<'a> {
    fn from(array: ArrayView2<'a, u16>) -> Self {
        Self::of(array, u16::MAX.into())
    }
}

impl<'a> From<&Self> for Counts<'a> {
    fn from(counts: &Self) -> Self {
        counts.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_order_and_no_number_is_wider_than_asked_for() {
        let array = Array2::from_shape_fn((700, 1000), |(slow, fast)| (slow * 1000 + fast) as u32);
        let counts = Counts::of(array.view(), 300_000);
        assert_eq!(counts.to_array(), array.mapv(|n| n.min(300_000)));
        let narrow: Vec<u16> = counts.to_vec();
        assert_eq!(narrow[..3], [0, 1, 2]);
        assert_eq!(narrow[65_535..65_537], [65_535, 65_535]);
        let mut pixels = 0;
        let stopped = counts.for_each_block::<u32, &str>(|block| {
            assert_eq!(block[0] as usize, pixels);
            pixels += block.len();
            if pixels > 300_000 {
                Err("enough")
            } else {
                Ok(())
            }
        });
        assert_eq!((stopped, pixels % 1000), (Err("enough"), 0));
        assert!(
            Counts::of(Array2::<u32>::zeros((0, 5)).view(), 9)
                .to_vec::<u16>()
                .is_empty()
        );
    }
}
