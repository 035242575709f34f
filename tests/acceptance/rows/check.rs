//! What a row runs on, and the figures that it is held to.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use nanobragg::{
    classic::{Order, RasterOrder},
    engine::{Engine, EngineKind, Precision},
    image::Image,
    plan::Plan,
};

/// An engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Cpu,
    Gpu,
}

/// One row of the list: a test.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// `at_parallel_001_…`
    pub name: &'static str,
    pub body: Body,
}

/// How a row is run.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// Renders nothing.
    Described(fn(&mut Check)),
    /// Renders, once on each engine.
    Rendered(fn(&mut Check, On)),
    /// Runs the command.
    Command(fn()),
}

/// A measured value and its limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub what: &'static str,
    pub value: f64,
    pub limit: Limit,
}

/// On which side of what a value has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// Collects the figures of one row on one engine.
#[derive(Debug, Default)]
pub struct Check {
    pub figures: Vec<Figure>,
    /// A row that asserts by itself came to its end.
    asserted: bool,
}

impl Row {
    /// Runs a row, on an engine if it renders.
    pub fn measure(self, on: Option<On>) -> Check {
        let mut check = Check::default();
        match (self.body, on) {
            (Body::Described(row), _) => row(&mut check),
            (Body::Rendered(row), Some(on)) => row(&mut check, on),
            (Body::Rendered(_), None) => panic!("a row that renders needs an engine"),
            (Body::Command(row), _) => {
                row();
                check.asserted();
            }
        }
        check
    }
}

impl Figure {
    /// Whether the value keeps its limit; what is not a number never does.
    pub fn holds(&self) -> bool {
        match self.limit {
            Limit::AtMost(limit) => self.value <= limit,
            Limit::AtLeast(limit) => self.value >= limit,
        }
    }
}

impl Check {
    /// The row has asserted something by itself, and came to its end.
    pub fn asserted(&mut self) {
        self.asserted = true;
    }

    /// Holds `value` to `limit`. Of several figures of one name the one nearest to its limit, or furthest beyond, stays.
    pub fn at_most(&mut self, what: &'static str, value: f64, limit: f64) {
        self.add(what, value, Limit::AtMost(limit));
    }

    /// As [`Check::at_most`], from below.
    pub fn at_least(&mut self, what: &'static str, value: f64, limit: f64) {
        self.add(what, value, Limit::AtLeast(limit));
    }

    fn add(&mut self, what: &'static str, value: f64, limit: Limit) {
        let new = Figure { what, value, limit };
        let Some(old) = self.figures.iter_mut().find(|f| f.what == what) else {
            self.figures.push(new);
            return;
        };
        let is_worse = match (old.limit, limit) {
            (Limit::AtMost(then), Limit::AtMost(now)) => value - now > old.value - then,
            (Limit::AtLeast(then), Limit::AtLeast(now)) => now - value > then - old.value,
            _ => panic!("{what}: a limit is always from the same side"),
        };
        if old.holds() && (is_worse || !new.holds()) {
            *old = new;
        }
    }

    /// Whether something was held to a limit, and every figure keeps its own.
    pub fn holds(&self) -> bool {
        (self.asserted || !self.figures.is_empty()) && self.figures.iter().all(Figure::holds)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.limit {
            Limit::AtMost(limit) => write!(f, "{}: {:.2e} (≤ {limit:.2e})", self.what, self.value)?,
            Limit::AtLeast(limit) => write!(f, "{}: {:.7} (≥ {limit})", self.what, self.value)?,
        }
        f.write_str(if self.holds() {
            ""
        } else {
            " **does not hold**"
        })
    }
}

impl On {
    /// Relative L2 error that this engine's precision is held to.
    pub fn tolerance(self) -> f64 {
        match self {
            Self::Cpu => 1e-6,
            Self::Gpu => 5e-5,
        }
    }

    /// Renders on this engine, by no rules of raster order.
    pub fn render(self, plan: &Plan) -> Image {
        self.render_in(&Order::default(), plan)
    }

    /// Renders on this engine by rules of raster order.
    pub fn render_in(self, order: &Order, plan: &Plan) -> Image {
        let render = |engine: &mut RasterOrder| {
            engine.order = order.clone();
            engine.image(plan).expect("the image is rendered")
        };
        match self {
            Self::Cpu => render(&mut cpu_engine()),
            Self::Gpu => render(&mut gpu_engine()),
        }
    }
}

/// A CPU engine in float64 that has rendered nothing yet.
pub fn cpu_engine() -> RasterOrder {
    RasterOrder::open(EngineKind::Cpu(Precision::F64), &Default::default())
        .expect("there is always a CPU")
}

/// The one GPU engine of this process, kept warm.
///
/// # Panics
/// Where there is no adapter: software adapters count, so there is no reason to do without.
pub fn gpu_engine() -> MutexGuard<'static, RasterOrder> {
    static ENGINE: OnceLock<Mutex<RasterOrder>> = OnceLock::new();
    let open = || {
        let engine = RasterOrder::open(EngineKind::Gpu, &Default::default());
        let engine = engine.unwrap_or_else(|error| {
            panic!("{error}\nThe tests need a Vulkan, Metal or DX12 adapter; a software one will do: apt install mesa-vulkan-drivers")
        });
        Mutex::new(engine)
    };
    ENGINE
        .get_or_init(open)
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

/// Lists the rows of a file, and makes tests of them.
macro_rules! rows {
    ($($body:ident: [$($name:ident),+ $(,)?]),+ $(,)?) => {
        pub const ROWS: &[$crate::rows::Row] = &[$($(
            $crate::rows::Row {
                name: stringify!($name),
                body: $crate::rows::Body::$body($name),
            },
        )+)+];
        $($crate::rows::check::rows!(@tests $body $($name)+);)+
    };
    (@tests Described $($name:ident)+) => {
        $crate::rows::check::rows!(@module described Described None $($name)+);
    };
    (@tests Rendered $($name:ident)+) => {
        $crate::rows::check::rows!(@module cpu Rendered (Some($crate::rows::On::Cpu)) $($name)+);
        $crate::rows::check::rows!(@module gpu Rendered (Some($crate::rows::On::Gpu)) $($name)+);
    };
    (@tests Command $($name:ident)+) => {
        $crate::rows::check::rows!(@module command Command None $($name)+);
    };
    (@module $module:ident $body:ident $on:tt $($name:ident)+) => {
        #[cfg(test)]
        mod $module {
            $(#[test]
            fn $name() {
                let name = stringify!($name);
                let body = $crate::rows::Body::$body(super::$name);
                let check = $crate::rows::Row { name, body }.measure($on);
                let figures: Vec<String> = check.figures.iter().map(ToString::to_string).collect();
                assert!(check.holds(), "{figures:#?}");
            })+
        }
    };
}
pub(super) use rows;

#[test]
fn a_row_that_measured_nothing_does_not_hold() {
    assert!(!Check::default().holds());
    let row = |body| Row { name: "row", body };
    assert!(!row(Body::Described(|_| ())).measure(None).holds());
    assert!(row(Body::Command(|| ())).measure(None).holds());
    let kept = |check: &mut Check| check.at_most("error", 1.0, 2.0);
    assert!(row(Body::Described(kept)).measure(None).holds());
    let broken = |check: &mut Check| check.at_most("error", f64::NAN, 2.0);
    assert!(!row(Body::Described(broken)).measure(None).holds());
}
