//! What kind of file it is, told by its first bytes: for messages about files that were given to the wrong option.

/// A kind of file, and where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// With its article: "a PNG picture".
    pub name: &'static str,
    /// What to do with it: `give it with -pdb`.
    pub advice: Option<&'static str>,
}

const IMAGE: Option<&str> = Some("give an image with -img, a mask with -mask");
const MASK: Option<&str> = Some("give a mask with -mask");
const REFLECTIONS: Option<&str> = Some("give it with -hkl");
const COORDINATES: Option<&str> = Some("give it with -pdb");

/// First bytes, and the kind that they mean.
const BEGINNINGS: [(&[u8], &str, Option<&str>); 19] = [
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", MASK),
    (b"\x93NUMPY", "an array of NumPy", MASK),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 or NeXus file", IMAGE),
    (b"###CBF", "a CBF image", IMAGE),
    (b"II*\0", "a TIFF image", MASK),
    (b"MM\0*", "a TIFF image", MASK),
    (b"{\nHEADER_BYTES", "an SMV image", IMAGE),
    (b"P5", "a PGM preview", None),
    (b"\xff\xd8\xff", "a JPEG picture", None),
    (b"GIF8", "a GIF picture", None),
    (b"BM", "a BMP picture", None),
    (b"RIFF", "a WebP picture or a sound", None),
    (b"%PDF", "a PDF document", None),
    (b"PK\x03\x04", "a ZIP archive", Some("unpack it first")),
    (b"\x1f\x8b", "a gzip file", Some("unpack it first")),
    (b"BZh", "a bzip2 file", Some("unpack it first")),
    (b"\xfd7zXZ", "an xz file", Some("unpack it first")),
    (
        b"\x28\xb5\x2f\xfd",
        "a Zstandard file",
        Some("unpack it first"),
    ),
    (b"MTZ ", "an MTZ file of reflections", REFLECTIONS),
];

/// Records that only a PDB file has.
const PDB_RECORDS: [&[u8]; 11] = [
    b"HEADER", b"TITLE ", b"COMPND", b"REMARK", b"CRYST1", b"ATOM  ", b"HETATM", b"MODEL ",
    b"ORIGX1", b"SCALE1", b"AUTHOR",
];

impl Kind {
    pub const PDB: Self = Self {
        name: "a PDB file of coordinates",
        advice: COORDINATES,
    };

    /// The kind of a file that begins with these bytes, if they tell.
    pub fn of(start: &[u8]) -> Option<Self> {
        let beginning = BEGINNINGS
            .iter()
            .find(|(magic, ..)| start.starts_with(magic))
            .map(|&(_, name, advice)| Self { name, advice });
        let is_record = |line: &[u8]| PDB_RECORDS.iter().any(|record| line.starts_with(record));
        let is_pdb = || start.split(|&byte| byte == b'\n').any(is_record);
        beginning.or_else(|| is_pdb().then_some(Self::PDB))
    }

    /// "is a JPEG picture", with its advice.
    pub fn said(&self) -> String {
        match self.advice {
            Some(advice) => format!("is {}; {advice}", self.name),
            None => format!("is {}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_their_first_bytes() {
        for (start, name) in [
            (&b"\xff\xd8\xff\xe0 JFIF"[..], "JPEG"),
            (b"HET   SO4\nCRYST1   20.000", "PDB"),
            (b"MTZ \x15", "MTZ"),
            (b"\x93NUMPY\x01", "NumPy"),
        ] {
            assert!(Kind::of(start).unwrap().name.contains(name), "{name}");
        }
        assert_eq!(Kind::of(b"1 2 3 4.5\n"), None);
        assert_eq!(Kind::of(b""), None);
        let said = Kind::of(b"HEADER    ").unwrap().said();
        assert!(said.ends_with("give it with -pdb"), "{said}");
    }
}
