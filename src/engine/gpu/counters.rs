//! What a device has been given and asked for.

/// Bytes uploaded by kind, and counts, since the device was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    pub table_bytes: u64,
    pub orientation_bytes: u64,
    pub source_bytes: u64,
    pub tile_bytes: u64,
    pub constant_bytes: u64,
    pub slice_bytes: u64,
    /// Buffers made.
    pub buffers: u64,
    pub submissions: u64,
}

/// What an upload holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Table,
    Orientations,
    Sources,
    Tiles,
    Constants,
    Slice,
}

impl Content {
    /// Its name in a buffer's label and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "structure factors",
            Self::Orientations => "orientations",
            Self::Sources => "sources",
            Self::Tiles => "tiles",
            Self::Constants => "constants",
            Self::Slice => "slice",
        }
    }
}

impl Counters {
    /// Adds an upload.
    pub fn add(&mut self, content: Content, bytes: usize) {
        let counter = match content {
            Content::Table => &mut self.table_bytes,
            Content::Orientations => &mut self.orientation_bytes,
            Content::Sources => &mut self.source_bytes,
            Content::Tiles => &mut self.tile_bytes,
            Content::Constants => &mut self.constant_bytes,
            Content::Slice => &mut self.slice_bytes,
        };
        *counter += bytes as u64;
    }
}
