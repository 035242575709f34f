//! Every WGSL function gives what its Rust twin gives in float32, on random and on hostile inputs.

mod anchor;
mod crystal;
mod elementary;
mod exact_ray;
mod rays_and_factors;

use bytemuck::Zeroable;
use nanobragg::internals::{
    gpu::{adapters, functions_source, layout::PlanConstants},
    lanes::scalar::Unfused,
};
use wgpu::util::DeviceExt;

type One = Unfused<f32>;

/// A WGSL function and its twin, both from `inputs` numbers to `outputs` numbers.
struct Twin {
    name: &'static str,
    inputs: usize,
    outputs: usize,
    /// WGSL statements from `x`, an array of the inputs, to `y`, one of the outputs.
    wgsl: &'static str,
    rust: fn(&[f32]) -> Vec<f32>,
    /// Inputs from a source of uniform numbers in 0…1.
    random: fn(&mut dyn FnMut() -> f32) -> Vec<f32>,
    hostile: &'static [&'static [f32]],
    /// Largest |difference| over max(|value|, floor).
    relative: f32,
    floor: f32,
}

fn one(x: f32) -> One {
    nanobragg::internals::lanes::scalar::One(x)
}

fn three(x: &[f32]) -> [One; 3] {
    [one(x[0]), one(x[1]), one(x[2])]
}

fn numbers(lanes: &[One]) -> Vec<f32> {
    lanes.iter().map(|lane| lane.0).collect()
}

fn unit(random: &mut dyn FnMut() -> f32) -> [f32; 3] {
    loop {
        let v = [0, 1, 2].map(|_| 2.0 * random() - 1.0);
        let square: f32 = v.iter().map(|x| x * x).sum();
        if (0.01..1.0).contains(&square) {
            return v.map(|x| x / square.sqrt());
        }
    }
}

const TABLE_MIN: [i32; 3] = [-4, -5, -3];
const TABLE_SHAPE: [i32; 3] = [8, 10, 9];

fn table() -> Vec<f32> {
    let count = TABLE_SHAPE.iter().product::<i32>();
    (0..count).map(|i| ((i * 7919) % 101) as f32).collect()
}

/// A device with the twins' inputs and outputs bound.
struct Bench {
    device: wgpu::Device,
    queue: wgpu::Queue,
}

impl Bench {
    fn new() -> Self {
        let adapter = adapters::choose(None).unwrap_or_else(|error| panic!("{error}"));
        let (device, queue) =
            pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).unwrap();
        Self { device, queue }
    }

    fn run(&self, body: &str, inputs: usize, outputs: usize, given: &[u8]) -> Vec<f32> {
        let items = given.len() / 4 / inputs;
        let source = format!(
            "{}
            @group(0) @binding(0) var<uniform> run: PlanConstants;
            @group(0) @binding(1) var<storage, read> given: array<f32>;
            @group(0) @binding(3) var<storage, read_write> got: array<f32>;
            @compute @workgroup_size(64)
            fn check(@builtin(global_invocation_id) id: vec3u) {{
                if id.x >= {items}u {{ return; }}
                var x: array<f32, {inputs}>;
                var y: array<f32, {outputs}>;
                for (var i = 0u; i < {inputs}u; i++) {{ x[i] = given[id.x * {inputs}u + i]; }}
                let kept = run.fudge + bitcast<f32>(table[0]);
                {body}
                for (var i = 0u; i < {outputs}u; i++) {{ got[id.x * {outputs}u + i] = select(y[i], 0.0, kept < -1e30); }}
            }}",
            functions_source()
        );
        let device = &self.device;
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: None,
            module: &module,
            entry_point: Some("check"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let buffer = |contents: &[u8], usage| {
            device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: None,
                contents,
                usage,
            })
        };
        let constants = PlanConstants {
            table_min: TABLE_MIN,
            table_max: [0, 1, 2].map(|i| TABLE_MIN[i] + TABLE_SHAPE[i] - 1),
            default_f: 7.0,
            ..PlanConstants::zeroed()
        };
        let storage = wgpu::BufferUsages::STORAGE;
        let bytes = (items * outputs * 4) as u64;
        let buffers = [
            buffer(bytemuck::bytes_of(&constants), wgpu::BufferUsages::UNIFORM),
            buffer(given, storage),
            buffer(bytemuck::cast_slice(&table()), storage),
            buffer(
                &vec![0; bytes as usize],
                storage | wgpu::BufferUsages::COPY_SRC,
            ),
        ];
        let back = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let entries: Vec<wgpu::BindGroupEntry> = (0..)
            .zip(&buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(items.div_ceil(64) as u32, 1, 1);
        }
        encoder.copy_buffer_to_buffer(&buffers[3], 0, &back, 0, bytes);
        self.queue.submit([encoder.finish()]);
        back.slice(..)
            .map_async(wgpu::MapMode::Read, |result| result.unwrap());
        device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
        let view = back.slice(..).get_mapped_range().unwrap();
        bytemuck::cast_slice(&view).to_vec()
    }
}

/// Uniform numbers in 0…1.
fn uniform() -> impl FnMut() -> f32 {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// Holds each function to its twin, on random and on hostile inputs.
fn same_in_wgsl_and_rust(twins: &[Twin]) {
    let bench = Bench::new();
    let mut random = uniform();
    for twin in twins {
        let mut given: Vec<Vec<f32>> = (0..4000).map(|_| (twin.random)(&mut random)).collect();
        given.extend(twin.hostile.iter().map(|x| x.to_vec()));
        let flat: Vec<f32> = given.concat();
        assert_eq!(flat.len(), given.len() * twin.inputs, "{}", twin.name);
        let got = bench.run(
            twin.wgsl,
            twin.inputs,
            twin.outputs,
            bytemuck::cast_slice(&flat),
        );
        for (x, y) in given.iter().zip(got.chunks(twin.outputs)) {
            let expected = (twin.rust)(x);
            for (&y, &expected) in y.iter().zip(&expected) {
                let limit = twin.relative * expected.abs().max(twin.floor);
                assert!(
                    (y - expected).abs() <= limit,
                    "{}({x:?}) is {y} in WGSL and {expected} in Rust",
                    twin.name
                );
            }
        }
    }
}
