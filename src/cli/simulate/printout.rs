//! `-printout` and `-printout_pixel`: where pixels lie, and what they hold.

use std::fmt::Write;

use crate::{
    classic::{dialect::UsageError, options::OutputOptions},
    formats::general,
    image::{Image, Pixel},
    plan::Plan,
    scene::Panel,
};

/// The pixel of `-printout_pixel` (fast, slow), where it lies on the detector.
fn pixel_of(options: &OutputOptions, panel: &Panel) -> Option<[usize; 2]> {
    let [fast, slow] = options.printout_pixel?.map(usize::try_from);
    let (fast, slow) = (fast.ok()?, slow.ok()?);
    (fast < panel.fast_pixels && slow < panel.slow_pixels).then_some([fast, slow])
}

/// Refuses a `-printout_pixel` that is not on the detector.
///
/// # Errors
/// [`UsageError::BadValue`].
pub fn check(options: &OutputOptions, panel: &Panel) -> Result<(), UsageError> {
    match options.printout_pixel {
        Some([fast, slow]) if pixel_of(options, panel).is_none() => Err(UsageError::BadValue {
            option: "-printout_pixel".to_owned(),
            word: format!("{fast} {slow}"),
            expected: format!(
                "a pixel of a {}x{} detector",
                panel.fast_pixels, panel.slow_pixels
            ),
        }),
        _ => Ok(()),
    }
}

/// One line for every pixel that was asked for; Miller indices are those of the first source and orientation at the
/// pixel's centre.
pub fn printout(options: &OutputOptions, plan: &Plan, image: &Image) -> String {
    let mut text = String::new();
    if let Some([fast, slow]) = pixel_of(options, plan.panel()) {
        write_pixel(&mut text, plan, image, slow, fast);
    } else if options.printout {
        for (slow, fast) in plan.panel().rendered_pixels() {
            write_pixel(&mut text, plan, image, slow, fast);
        }
    }
    text
}

fn write_pixel(text: &mut String, plan: &Plan, image: &Image, slow: usize, fast: usize) {
    let panel = plan.panel();
    let pixel = Pixel::at(slow, fast);
    let cell = &plan.crystal().orientations.cells[0];
    let [h, k, l] = plan
        .miller_index(pixel, cell)
        .expect("an image has a source");
    let [x, y, z] = panel.centre_m(slow, fast).map(|metres| general(metres, 6));
    writeln!(
        text,
        "pixel {fast} {slow}: I= {intensity} at {x} {y} {z} m, omega= {omega} sr, d= {spacing} A, hkl= {h:.4} {k:.4} {l:.4}",
        intensity = general(f64::from(image.view()[(slow, fast)]), 9),
        omega = general(panel.solid_angle_sr(slow, fast), 6),
        spacing = general(plan.resolution_angstrom(pixel), 6),
    )
    .expect("writing to a string does not fail");
}
