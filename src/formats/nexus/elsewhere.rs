//! What an HDF5 file would take from other files, which is not followed: whoever opens an image from a stranger opens that file
//! and no other.
//!
//! There are four ways out of a file: external links, external storage, virtual datasets, and links of other kinds. Names are
//! resolved here, link by link, before the library is asked for what they name. A virtual dataset has to be found before the library
//! opens the file at all, because opening looks into the files of its parts.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use rust_hdf5::{H5Dataset, H5File, LinkClass, StorageLayout};

use super::MAGIC;

/// Soft links that a name may go through, as many as the C library follows.
const MOST_SOFT_LINKS: usize = 16;
/// Read at once while a file is searched.
const BLOCK_BYTES: usize = 1 << 20;
/// The longest address of the format.
const LONGEST_ADDRESS: usize = 8;
/// First bytes of a collection of the global heap, where the parts of a virtual dataset are listed.
const HEAP_COLLECTION: &[u8; 4] = b"GCOL";

/// Why a name leads nowhere.
pub(super) enum Nowhere {
    /// The file has no such name.
    Missing,
    /// It leads out of the file; the text says how.
    Elsewhere(String),
}

/// The same object without links: the name that reaches it through groups of this file alone.
pub(super) fn resolve(file: &H5File, path: &str) -> Result<String, Nowhere> {
    let mut ahead: VecDeque<String> = parts(path).collect();
    let mut behind: Vec<String> = Vec::new();
    let mut soft_links = 0;
    while let Some(name) = ahead.pop_front() {
        let root = file.root_group();
        let group = match behind.is_empty() {
            true => root,
            false => root
                .group(&behind.join("/"))
                .map_err(|_| Nowhere::Missing)?,
        };
        match group.link_class(&name).map_err(|_| Nowhere::Missing)? {
            LinkClass::Hard => behind.push(name),
            LinkClass::Soft { path } => {
                soft_links += 1;
                if soft_links > MOST_SOFT_LINKS {
                    return Err(Nowhere::Missing);
                }
                if path.starts_with('/') {
                    behind.clear();
                }
                for part in parts(&path).collect::<Vec<_>>().into_iter().rev() {
                    ahead.push_front(part);
                }
            }
            LinkClass::External { file, .. } => {
                return Err(Nowhere::Elsewhere(format!(
                    "/{} is a link into another file, which is not followed; give {file} itself",
                    joined(&behind, &name)
                )));
            }
            LinkClass::UserDefined { .. } => {
                return Err(Nowhere::Elsewhere(format!(
                    "/{} is a link of a kind that is not followed",
                    joined(&behind, &name)
                )));
            }
        }
    }
    Ok(behind.join("/"))
}

fn parts(path: &str) -> impl Iterator<Item = String> {
    let is_part = |part: &&str| !part.is_empty() && *part != ".";
    path.split('/').filter(is_part).map(str::to_owned)
}

fn joined(behind: &[String], name: &str) -> String {
    let mut path = behind.join("/");
    if !path.is_empty() {
        path.push('/');
    }
    path + name
}

/// Refuses a dataset whose numbers lie in other files.
pub(super) fn check_storage(dataset: &H5Dataset, path: &str) -> Result<(), String> {
    let unreadable = |error: rust_hdf5::Hdf5Error| error.to_string();
    if let Some(outside) = dataset.external_files().map_err(unreadable)?.first() {
        return Err(format!(
            "the numbers of /{path} lie in another file, {}, which is not followed",
            outside.name
        ));
    }
    match dataset.storage_layout().map_err(unreadable)? {
        StorageLayout::Virtual => Err(IS_VIRTUAL.to_owned()),
        _ => Ok(()),
    }
}

/// What is said of a file with a virtual dataset.
pub(super) const IS_VIRTUAL: &str = "it has a virtual dataset, a view of other datasets, which is not followed; give the files that hold \
     the images themselves";

/// Whether any object of the file is a virtual dataset whose parts are listed.
///
/// The message that makes it one holds a version (4 or 5), the class 3, and the address of the heap collection with the list. All of the file is
/// searched for that, so that no header can hide it; bytes that look so by chance do not point at a collection.
pub(super) fn has_virtual_dataset(file: &mut File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    let mut superblock = [0; 16];
    file.rewind()?;
    if file.read_exact(&mut superblock).is_err() || !superblock.starts_with(MAGIC) {
        return Ok(false);
    }
    let address_bytes = match superblock[MAGIC.len()] {
        0 | 1 => superblock[13],
        _ => superblock[9],
    };
    let address_bytes = usize::from(address_bytes).clamp(1, LONGEST_ADDRESS);
    let message_bytes = 2 + address_bytes;
    file.rewind()?;
    let mut block = Vec::new();
    loop {
        // What the last block ended with may be the beginning of a message.
        let kept = block.len().min(message_bytes - 1);
        block.drain(..block.len() - kept);
        let found = file
            .by_ref()
            .take(BLOCK_BYTES as u64)
            .read_to_end(&mut block)?;
        if found == 0 {
            return Ok(false);
        }
        let place = file.stream_position()?;
        for address in addresses(&block, address_bytes) {
            if address < length && is_collection(file, address)? {
                return Ok(true);
            }
        }
        file.seek(SeekFrom::Start(place))?;
    }
}

/// What stands where a message of a virtual dataset has the address of its list.
fn addresses(block: &[u8], address_bytes: usize) -> impl Iterator<Item = u64> {
    block
        .windows(2 + address_bytes)
        .filter(|window| window[1] == 3 && matches!(window[0], 4 | 5))
        .map(|window| {
            let bytes = window[2..].iter().rev();
            bytes.fold(0, |address, &byte| address << 8 | u64::from(byte))
        })
}

fn is_collection(file: &mut File, address: u64) -> io::Result<bool> {
    let mut bytes = [0; HEAP_COLLECTION.len()];
    file.seek(SeekFrom::Start(address))?;
    Ok(file.read_exact(&mut bytes).is_ok() && bytes == *HEAP_COLLECTION)
}
