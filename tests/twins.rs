//! Every WGSL function gives what its Rust twin gives in float32, on random and on hostile inputs.

use bytemuck::Zeroable;
use nanobragg::{
    engine::gpu::{adapters, functions_source, layout::Run},
    lanes::scalar::Unfused,
    physics::{
        anchor::{Grid, Limbs, miller_index},
        elementary, factors, lattice, ray, structure_factor,
    },
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
    nanobragg::lanes::scalar::One(x)
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

const TWINS: &[Twin] = &[
    Twin {
        name: "sin_pi",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = sin_pi(x[0]);",
        rust: |x| vec![elementary::sin_pi(one(x[0])).0],
        random: |r| vec![r() - 0.5],
        hostile: &[&[0.0], &[0.5], &[-0.5], &[1e-8], &[-1e-30], &[0.25]],
        relative: 3e-7,
        floor: 1e-30,
    },
    Twin {
        name: "cos_pi",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = cos_pi(x[0]);",
        rust: |x| vec![elementary::cos_pi(one(x[0])).0],
        random: |r| vec![r() - 0.5],
        hostile: &[&[0.0], &[0.5], &[-0.5], &[1e-8], &[0.4999999]],
        relative: 3e-7,
        floor: 1.0,
    },
    Twin {
        name: "sin_small",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = sin_small(x[0]);",
        rust: |x| vec![elementary::sin_small(one(x[0])).0],
        random: |r| vec![3.0 * (r() - 0.5)],
        hostile: &[&[0.0], &[1.57], &[-1.57], &[1e-20]],
        relative: 5e-7,
        floor: 1e-30,
    },
    Twin {
        name: "exp_reduced",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = exp_reduced(x[0]);",
        rust: |x| vec![elementary::exp_reduced(one(x[0])).0],
        random: |r| vec![100.0 * r() - 95.0],
        hostile: &[&[0.0], &[-1e30], &[-86.9], &[-87.5], &[-1e-8], &[20.0]],
        relative: 1e-6,
        floor: 1e-37,
    },
    Twin {
        name: "one_minus_exp",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = one_minus_exp(x[0]);",
        rust: |x| vec![elementary::one_minus_exp(one(x[0])).0],
        random: |r| vec![4.0 * r() - 1.0],
        hostile: &[&[0.0], &[1e-20], &[-1e-7], &[0.5], &[0.4999999], &[80.0]],
        relative: 1e-6,
        floor: 1e-30,
    },
    Twin {
        name: "ray_beside",
        inputs: 7,
        outputs: 7,
        wgsl: "let r = ray_beside(vec3f(x[0], x[1], x[2]), x[3], vec3f(x[4], x[5], x[6]));
               y[0] = r.direction.x; y[1] = r.direction.y; y[2] = r.direction.z;
               y[3] = r.change.x; y[4] = r.change.y; y[5] = r.change.z; y[6] = r.distance_m;",
        rust: |x| {
            let r = ray::ray_beside(three(x), one(x[3]), three(&x[4..]));
            numbers(&[&r.direction[..], &r.change, &[r.distance_m]].concat())
        },
        random: |r| {
            let size = 10f32.powf(-4.0 * r());
            let mut x = unit(r).to_vec();
            x.push(0.1);
            x.extend(unit(r).map(|v| v * 0.3 * size));
            x
        },
        hostile: &[
            &[1.0, 0.0, 0.0, 0.1, 0.0, 0.0, 0.0],
            // Grazing: the step lies across the ray, or along it.
            &[1.0, 0.0, 0.0, 0.01, 0.0, 0.5, 0.0],
            &[1.0, 0.0, 0.0, 0.01, 0.5, 0.0, 0.0],
            &[0.6, 0.8, 0.0, 5.0, 1e-8, 1e-8, 1e-8],
        ],
        relative: 1e-6,
        floor: 0.1,
    },
    Twin {
        name: "turned_by",
        inputs: 7,
        outputs: 3,
        wgsl: "let r = turned_by(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5]), x[6]);
               y[0] = r.x; y[1] = r.y; y[2] = r.z;",
        rust: |x| numbers(&ray::turned_by(three(x), three(&x[3..]), one(x[6]))),
        random: |r| {
            let mut x = unit(r).to_vec();
            x.extend(unit(r));
            x.push(0.2 * (r() - 0.5));
            x
        },
        hostile: &[
            &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.1],
        ],
        relative: 1e-6,
        floor: 0.1,
    },
    Twin {
        name: "bent_step",
        inputs: 14,
        outputs: 3,
        wgsl: "let r = bent_step(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5]), vec3f(x[6], x[7], x[8]),
                   vec3f(x[9], x[10], x[11]), x[12], x[13]);
               y[0] = r.x; y[1] = r.y; y[2] = r.z;",
        rust: |x| {
            numbers(&ray::bent_step(
                three(x),
                three(&x[3..]),
                three(&x[6..]),
                three(&x[9..]),
                one(x[12]),
                one(x[13]),
            ))
        },
        random: |r| {
            let mut x: Vec<f32> = (0..4).flat_map(|_| unit(r)).collect();
            x.extend([0.1 * (r() - 0.5), 0.1 * (r() - 0.5)]);
            x
        },
        hostile: &[&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]],
        relative: 1e-6,
        floor: 0.1,
    },
    Twin {
        name: "polarization_factor",
        inputs: 13,
        outputs: 1,
        wgsl: "y[0] = polarization_factor(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5]),
                   vec3f(x[6], x[7], x[8]), vec3f(x[9], x[10], x[11]), x[12]);",
        rust: |x| {
            let kahn = one(x[12]);
            vec![factors::polarization_factor(three(x), three(&x[3..]), three(&x[6..]), three(&x[9..]), kahn).0]
        },
        random: |r| {
            let mut x: Vec<f32> = (0..4).flat_map(|_| unit(r)).collect();
            x.push(2.0 * r() - 1.0);
            x
        },
        hostile: &[
            // Along the beam, and at 90° to it in the plane of polarisation.
            &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0],
            &[0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0],
        ],
        relative: 1e-6,
        floor: 0.5,
    },
    Twin {
        name: "solid_angle",
        inputs: 3,
        outputs: 2,
        wgsl: "y[0] = solid_angle(x[0], x[1], x[2]); y[1] = point_solid_angle(x[0]);",
        rust: |x| {
            let flat = factors::solid_angle(one(x[0]), one(x[1]), one(x[2]));
            numbers(&[flat, factors::point_solid_angle(one(x[0]))])
        },
        random: |r| vec![0.01 + r(), 1e-4 * (0.1 + r()), 0.01 + r()],
        hostile: &[&[1e-3, 1e-4, 1e-9], &[100.0, 1e-6, 100.0]],
        relative: 1e-6,
        floor: 1e-30,
    },
    Twin {
        name: "captured_fraction",
        inputs: 3,
        outputs: 1,
        wgsl: "y[0] = captured_fraction(x[0], x[1], x[2]);",
        rust: |x| vec![factors::captured_fraction(one(x[0]), one(x[1]), one(x[2])).0],
        random: |r| vec![(5.0 * r()).floor(), 2.0 * r(), 0.05 + 0.95 * r()],
        hostile: &[
            &[0.0, 0.0, 1.0],
            &[0.0, 1e-6, 1.0],
            // Grazing: everything stops in the first layer.
            &[0.0, 1.0, 1e-3],
            &[1.0, 1.0, 1e-3],
        ],
        relative: 3e-6,
        floor: 1e-30,
    },
    Twin {
        name: "lattice_square",
        inputs: 6,
        outputs: 1,
        wgsl: "y[0] = abs(lattice_square(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5])));",
        rust: |x| vec![lattice::lattice_square(three(x), three(&x[3..])).0.abs()],
        random: |r| {
            let mut x: Vec<f32> = (0..3).map(|_| r() - 0.5).collect();
            x.extend((0..3).map(|_| (1.0 + 20.0 * r()).floor()));
            x
        },
        hostile: &[
            &[0.0, 0.0, 0.0, 5000.0, 5000.0, 5000.0],
            &[0.5, -0.5, 0.5, 1.0, 2.0, 3.0],
            &[1e-8, -1e-8, 1e-30, 1.0, 2.0, 5000.0],
            &[1e-4, 2e-4, -1e-4, 5000.0, 1000.0, 2.0],
            &[0.25, 0.125, 0.0625, 4.0, 8.0, 16.0],
        ],
        // Where N·δ is nearly whole the sine is a difference of numbers near N/2.
        relative: 2e-5,
        floor: 1.0,
    },
    Twin {
        name: "ball_transform",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = ball_transform(x[0]);",
        rust: |x| vec![lattice::ball_transform(one(x[0])).0],
        random: |r| vec![100.0 * r() * r()],
        hostile: &[&[0.0], &[1.0], &[0.99999994], &[1e-12], &[1e6], &[0.25]],
        relative: 2e-6,
        floor: 0.1,
    },
    Twin {
        name: "lattice_round",
        inputs: 7,
        outputs: 1,
        wgsl: "y[0] = lattice_round(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5]), x[6]);",
        rust: |x| vec![lattice::lattice_round(three(x), three(&x[3..]), one(x[6])).0],
        random: |r| {
            let mut x: Vec<f32> = (0..3).map(|_| r() - 0.5).collect();
            x.extend((0..3).map(|_| (1.0 + 10.0 * r()).floor()));
            x.push(0.5 + r());
            x
        },
        hostile: &[
            &[0.0, 0.0, 0.0, 5000.0, 5000.0, 5000.0, 1.0],
            &[0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0],
        ],
        relative: 3e-6,
        floor: 100.0,
    },
    Twin {
        name: "spread",
        inputs: 16,
        outputs: 1,
        wgsl: "y[0] = spread(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5]), vec3f(x[6], x[7], x[8]),
                   vec3f(x[9], x[10], x[11]), vec3f(x[12], x[13], x[14]), x[15]);",
        rust: |x| {
            let reciprocal = [three(&x[3..]), three(&x[6..]), three(&x[9..])];
            vec![lattice::spread(three(x), reciprocal, three(&x[12..]), one(x[15])).0]
        },
        random: |r| {
            let mut x: Vec<f32> = (0..3).map(|_| r() - 0.5).collect();
            x.extend((0..9).map(|_| 0.02 * r()));
            x.extend((0..3).map(|_| (1.0 + 10.0 * r()).floor()));
            x.push(0.5 + r());
            x
        },
        hostile: &[&[
            0.0, 0.0, 0.0, 0.01, 0.0, 0.0, 0.0, 0.01, 0.0, 0.0, 0.0, 0.01, 5.0, 5.0, 5.0, 1.0,
        ]],
        relative: 1e-5,
        floor: 1.0,
    },
    Twin {
        name: "lattice_gauss and lattice_tophat",
        inputs: 4,
        outputs: 3,
        wgsl: "let n = vec3f(x[1], x[2], x[3]);
               y[0] = lattice_gauss(x[0], n); y[1] = lattice_tophat(x[0], n); y[2] = f32(gauss_vanishes(x[0]));",
        rust: |x| {
            let (spread, cells) = (one(x[0]), three(&x[1..]));
            let gauss = lattice::lattice_gauss(spread, cells).0;
            let vanishes = nanobragg::lanes::Mask::any(lattice::gauss_vanishes(spread));
            vec![gauss, lattice::lattice_tophat(spread, cells).0, f32::from(u8::from(vanishes))]
        },
        random: |r| vec![20.0 * r() * r(), 1.0 + (5.0 * r()).floor(), 3.0, 4.0],
        hostile: &[
            &[0.0, 1.0, 2.0, 5000.0],
            &[0.39, 2.0, 2.0, 2.0],
            &[0.40, 2.0, 2.0, 2.0],
            &[400.0, 2.0, 2.0, 2.0],
            &[500.0, 2.0, 2.0, 2.0],
        ],
        relative: 2e-6,
        floor: 1e-9,
    },
    Twin {
        name: "lagrange_weights",
        inputs: 1,
        outputs: 4,
        wgsl: "let w = lagrange_weights(x[0]); for (var i = 0; i < 4; i++) { y[i] = w[i]; }",
        rust: |x| numbers(&structure_factor::lagrange_weights(one(x[0]))),
        random: |r| vec![r()],
        hostile: &[&[0.0], &[0.5], &[0.99999994], &[1e-8]],
        relative: 1e-6,
        floor: 0.1,
    },
    Twin {
        name: "structure factors",
        inputs: 6,
        outputs: 3,
        wgsl: "let at = vec3i(i32(x[0]), i32(x[1]), i32(x[2])); let t = vec3f(x[3], x[4], x[5]);
               y[0] = structure_factor_nearest(at); y[1] = f32(has_neighbourhood(at, t));
               if has_neighbourhood(at, t) { y[2] = structure_factor_tricubic(at, t); } else { y[2] = run.default_f; }",
        rust: |x| {
            let values = table();
            let grid = structure_factor::Grid {
                values: &values,
                shape: TABLE_SHAPE,
                default_f: 7.0,
            };
            let at = [0, 1, 2].map(|i| one(x[i] - TABLE_MIN[i] as f32));
            let t = three(&x[3..]);
            let inside = structure_factor::has_neighbourhood(TABLE_SHAPE, at, t);
            vec![
                structure_factor::structure_factor_nearest(grid, at).0,
                f32::from(u8::from(nanobragg::lanes::Mask::any(inside))),
                structure_factor::structure_factor_tricubic(grid, at, t, inside).0,
            ]
        },
        random: |r| {
            let mut x: Vec<f32> = (0..3).map(|_| (14.0 * r() - 7.0).floor()).collect();
            x.extend((0..3).map(|_| r()));
            x
        },
        hostile: &[
            &[-2.0, -3.0, -1.0, 0.0, 0.0, 0.0],
            &[1.0, 2.0, 3.0, 0.0, 0.0, 0.0],
            &[1.0, 2.0, 3.0, 1e-7, 0.0, 0.0],
            &[1e6, -1e6, 0.0, 0.5, 0.5, 0.5],
        ],
        relative: 3e-6,
        floor: 10.0,
    },
];

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
            @group(0) @binding(0) var<uniform> run: Run;
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
        let constants = Run {
            table_min: TABLE_MIN,
            table_max: [0, 1, 2].map(|i| TABLE_MIN[i] + TABLE_SHAPE[i] - 1),
            default_f: 7.0,
            ..Run::zeroed()
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

#[test]
fn every_wgsl_function_gives_what_its_rust_twin_gives() {
    let bench = Bench::new();
    let mut random = uniform();
    for twin in TWINS {
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

#[test]
fn a_miller_index_is_the_same_integers_in_wgsl_and_rust() {
    let bench = Bench::new();
    let mut random = uniform();
    let grid = Grid::new(300.0, 1.0).unwrap();
    let scale = grid.index_scale();
    let vectors: Vec<(Limbs, Limbs)> = (0..4000)
        .map(|item| {
            let mut component = |size: f64| {
                let value = size * (2.0 * f64::from(random()) - 1.0);
                // Every tenth index is a hair from a half-integer.
                if item % 10 == 0 {
                    (value * 2.0).round() / 2.0 + 1e-9
                } else {
                    value
                }
            };
            let cell = [0; 3].map(|_| component(300.0));
            let q = [0; 3].map(|_| component(1.0));
            (grid.cell(cell), grid.scattering(q))
        })
        .collect();
    let given: Vec<i32> = vectors
        .iter()
        .flat_map(|(cell, q)| cell.iter().chain(q).flatten().copied())
        .collect();
    let [high, middle, low, lowest] = scale.scales;
    let body = format!(
        "var cell: array<vec3i, 3>; var q: array<vec3i, 3>;
        for (var i = 0; i < 3; i++) {{
            cell[i] = vec3i(bitcast<i32>(x[3 * i]), bitcast<i32>(x[3 * i + 1]), bitcast<i32>(x[3 * i + 2]));
            q[i] = vec3i(bitcast<i32>(x[3 * i + 9]), bitcast<i32>(x[3 * i + 10]), bitcast<i32>(x[3 * i + 11]));
        }}
        let index = miller_index(cell, q, {}u, vec4f({high:e}f, {middle:e}f, {low:e}f, {lowest:e}f));
        y[0] = f32(index.whole); y[1] = index.fraction;",
        scale.shift
    );
    let got = bench.run(&body, 18, 2, bytemuck::cast_slice(&given));
    for ((cell, q), y) in vectors.iter().zip(got.chunks(2)) {
        let index = miller_index(*cell, *q, scale);
        assert_eq!(y[0], index.whole as f32);
        assert!(
            (y[1] - index.fraction).abs() <= 6e-8,
            "{} {}",
            y[1],
            index.fraction
        );
    }
}
