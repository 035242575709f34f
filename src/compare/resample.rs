//! Two images of different shapes on one grid.

use ndarray::{Array2, ArrayView2};

/// The nearest pixel of `image` for every pixel of a frame of `shape` that covers the same area.
pub fn nearest_neighbour(image: ArrayView2<'_, f32>, shape: (usize, usize)) -> Array2<f32> {
    let (slow_pixels, fast_pixels) = image.dim();
    let source = |at: usize, length: usize, from: usize| {
        let centre = (at as f64 + 0.5) / length as f64 * from as f64;
        (centre as usize).min(from - 1)
    };
    Array2::from_shape_fn(shape, |(slow, fast)| {
        image[(
            source(slow, shape.0, slow_pixels),
            source(fast, shape.1, fast_pixels),
        )]
    })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn twice_the_pixels_repeat_each_and_half_of_them_skip() {
        let image = array![[1.0_f32, 2.0], [3.0, 4.0]];
        let twice = nearest_neighbour(image.view(), (2, 4));
        assert_eq!(
            twice,
            array![[1.0_f32, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 4.0]]
        );
        assert_eq!(nearest_neighbour(twice.view(), (2, 2)), image);
        assert_eq!(nearest_neighbour(image.view(), (2, 2)), image);
    }
}
