//! What a benchmark leaves behind: one bundle of figures, as JSON, as CSV and as a timeline.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::engine::EngineKind;
use crate::{
    engine::cpu::Peak,
    lanes::tally::Operations,
    measure::{Build, Machine, Timing},
};

/// Version of the bundle's layout.
pub const SCHEMA: u32 = 1;

/// Everything one `nanobragg bench` measured.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bundle {
    pub schema: u32,
    /// Seconds since 1970.
    pub date_unix_s: u64,
    pub build: Build,
    pub machine: Machine,
    pub threads: usize,
    /// The classic options that every image shares.
    pub options: Vec<String>,
    /// `NANOBRAGG_…`, `RAYON_…` and `WGPU_…` variables that were set.
    pub environment: BTreeMap<String, String>,
    pub iterations: usize,
    /// What the machine could do at best, if that was asked for.
    #[serde(default)]
    pub peak: Option<Peak>,
    pub measurements: Vec<Measurement>,
}

/// One engine at one image size.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Measurement {
    pub engine: EngineKind,
    /// The engine in its own words: lanes or adapter.
    pub description: String,
    /// Pixels along each edge.
    pub size: usize,
    pub pixels: u64,
    pub samples: u64,
    /// From the words to the images on disk, by a new engine in this process.
    pub cold: Option<Timing>,
    /// The first image of a new engine.
    pub first_s: f64,
    /// Images of a kept engine, each of another orientation: the engine's part.
    pub warm: Timing,
    pub stages: Vec<Stage>,
    /// The last warm image.
    #[serde(default)]
    pub warm_stages: Option<WarmStages>,
    /// What a CPU engine does for one pixel, counted beside the machine's peak.
    #[serde(default)]
    pub operations_per_pixel: Option<Operations>,
    /// At the median of the warm images.
    pub pixels_per_s: f64,
    pub samples_per_s: f64,
    pub ns_per_sample: f64,
    /// High-water mark of this process' memory once the measurement was over, where the system tells.
    pub peak_memory_bytes: Option<u64>,
    /// Against the float64 engine: the first image and the last warm one.
    pub correlation_cold: Option<f64>,
    pub correlation_warm: Option<f64>,
    pub sum_ratio: Option<f64>,
    /// Against `--reference`: the first image and the last warm one, and how much faster than it the warm image is.
    pub correlation_reference: Option<f64>,
    #[serde(default)]
    pub correlation_reference_warm: Option<f64>,
    #[serde(default)]
    pub sum_ratio_reference: Option<f64>,
    pub reference_s: Option<f64>,
    pub speedup_warm: Option<f64>,
}

/// Where the time of a warm image went, s.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct WarmStages {
    /// From options to a plan.
    pub set_up_s: f64,
    pub upload_s: f64,
    /// Waiting for the kernels.
    pub kernel_s: f64,
    /// The kernels by the adapter's own clock, where there is one; slices overlap the host's other work.
    #[serde(default)]
    pub kernel_by_adapter_s: Option<f64>,
    /// `None` where the kernels write the image itself.
    pub readback_s: Option<f64>,
    /// The float image, to disk.
    pub write_s: f64,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Stage {
    pub name: String,
    /// Since the measurement began.
    pub start_s: f64,
    pub seconds: f64,
}

/// Correlation below which an image is wrong.
const RIGHT: f64 = 0.999_999;

impl Measurement {
    /// Whether every comparison that was made holds.
    pub fn is_right(&self) -> bool {
        [
            self.correlation_cold,
            self.correlation_warm,
            self.correlation_reference,
            self.correlation_reference_warm,
        ]
        .into_iter()
        .flatten()
        .all(|correlation| correlation >= RIGHT)
    }

    /// One line of the table on the terminal.
    pub fn line(&self) -> String {
        let cold = self
            .cold
            .map_or_else(|| "-".into(), |cold| format!("{:.3}", cold.median_s));
        let correlation = self
            .correlation_warm
            .map_or_else(|| "-".into(), |value| format!("{value:.9}"));
        format!(
            "{:8} {:>6} {:>9} {:>9.4} {:>9.4} {:>10.1} {:>10.1} {:>8.3} {:>12} {}",
            self.engine.name(),
            self.size,
            cold,
            self.first_s,
            self.warm.median_s,
            self.pixels_per_s / 1e6,
            self.samples_per_s / 1e6,
            self.ns_per_sample,
            correlation,
            if self.is_right() { "" } else { "WRONG IMAGE" },
        )
    }

    /// The heading over [`Measurement::line`].
    pub fn heading() -> String {
        format!(
            "{:8} {:>6} {:>9} {:>9} {:>9} {:>10} {:>10} {:>8} {:>12}",
            "engine",
            "size",
            "cold s",
            "first s",
            "warm s",
            "Mpixel/s",
            "Msample/s",
            "ns/smpl",
            "correlation"
        )
    }
}

/// A table of where the warm images' time went.
pub fn stage_table(bundle: &Bundle) -> String {
    let mut text = format!(
        "{:8} {:>6} {:>10} {:>10} {:>10} {:>14} {:>12} {:>10}\n",
        "engine",
        "size",
        "set-up ms",
        "upload ms",
        "kernel ms",
        "by adapter ms",
        "readback ms",
        "write ms"
    );
    let milliseconds = |seconds: Option<f64>| {
        seconds.map_or_else(|| "-".into(), |seconds| format!("{:.3}", 1e3 * seconds))
    };
    for m in &bundle.measurements {
        if let Some(stages) = m.warm_stages {
            text += &format!(
                "{:8} {:>6} {:>10.3} {:>10.3} {:>10.3} {:>14} {:>12} {:>10.3}\n",
                m.engine.name(),
                m.size,
                1e3 * stages.set_up_s,
                1e3 * stages.upload_s,
                1e3 * stages.kernel_s,
                milliseconds(stages.kernel_by_adapter_s),
                milliseconds(stages.readback_s),
                1e3 * stages.write_s,
            );
        }
    }
    text
}

/// Bytes of the image a pixel: what must reach memory whatever the caches hold.
const IMAGE_BYTES: f64 = size_of::<f32>() as f64;

/// What the CPU engines reached of what the machine could do; empty where no peak was measured.
pub fn roofline_table(bundle: &Bundle) -> String {
    let Some(peak) = bundle.peak else {
        return String::new();
    };
    let mut text = format!(
        "peak of {} threads: {:.1} GFLOP/s in float64, {:.1} in float32, {:.1} GB/s of memory\n\
         {:8} {:>6} {:>12} {:>14} {:>9} {:>8} {:>10} {:>10}\n",
        peak.threads,
        peak.float64_flops_per_s / 1e9,
        peak.float32_flops_per_s / 1e9,
        peak.memory_bytes_per_s / 1e9,
        "engine",
        "size",
        "flop/sample",
        "instr./sample",
        "GFLOP/s",
        "of peak",
        "flop/byte",
        "ceiling"
    );
    for m in &bundle.measurements {
        let Some((pixel, precision)) = m.operations_per_pixel.zip(m.engine.cpu_precision()) else {
            continue;
        };
        let peak_flops = peak.flops_per_s(precision);
        let sample = pixel.per(m.samples as f64 / m.pixels as f64);
        let flops_per_s = pixel.flops() * m.pixels_per_s;
        let intensity = pixel.flops() / IMAGE_BYTES;
        let ridge = peak_flops / peak.memory_bytes_per_s;
        text += &format!(
            "{:8} {:>6} {:>12.1} {:>14.1} {:>9.1} {:>7.0}% {:>10.1} {:>10}\n",
            m.engine.name(),
            m.size,
            sample.flops(),
            sample.instructions(),
            flops_per_s / 1e9,
            100.0 * flops_per_s / peak_flops,
            intensity,
            if intensity > ridge {
                "arithmetic"
            } else {
                "memory"
            },
        );
    }
    text
}

/// The figures as comma-separated values, one line a measurement.
pub fn csv(bundle: &Bundle) -> String {
    let mut text = String::from(
        "engine,size,pixels,samples,cold_s,first_s,warm_median_s,warm_min_s,warm_max_s,pixels_per_s,samples_per_s,\
         ns_per_sample,peak_memory_bytes,correlation_cold,correlation_warm,sum_ratio\n",
    );
    fn cell<T: ToString>(value: Option<T>) -> String {
        value.map_or_else(String::new, |value| value.to_string())
    }
    for m in &bundle.measurements {
        let cells = [
            m.engine.name().to_owned(),
            m.size.to_string(),
            m.pixels.to_string(),
            m.samples.to_string(),
            cell(m.cold.map(|cold| cold.median_s)),
            m.first_s.to_string(),
            m.warm.median_s.to_string(),
            m.warm.min_s.to_string(),
            m.warm.max_s.to_string(),
            m.pixels_per_s.to_string(),
            m.samples_per_s.to_string(),
            m.ns_per_sample.to_string(),
            cell(m.peak_memory_bytes),
            cell(m.correlation_cold),
            cell(m.correlation_warm),
            cell(m.sum_ratio),
        ];
        text += &(cells.join(",") + "\n");
    }
    text
}

/// The stages as a timeline that chrome://tracing and Perfetto open.
pub fn profile(bundle: &Bundle) -> Value {
    let microseconds = |seconds: f64| seconds * 1e6;
    let mut events = Vec::new();
    for (number, measurement) in bundle.measurements.iter().enumerate() {
        let name = format!("{} {}²", measurement.engine.name(), measurement.size);
        events.push(json!({"ph": "M", "name": "thread_name", "pid": 1, "tid": number, "args": {"name": name}}));
        for stage in &measurement.stages {
            events.push(json!({
                "ph": "X", "pid": 1, "tid": number, "name": stage.name,
                "ts": microseconds(stage.start_s), "dur": microseconds(stage.seconds),
            }));
        }
    }
    json!({ "traceEvents": events })
}
