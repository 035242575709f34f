//! The syntax of CIF and mmCIF: data blocks of tags, values and loops.
//!
//! S. R. Hall, F. H. Allen, I. D. Brown, Acta Cryst. A47, 655 (1991). Tags are kept in lower case with `_` for the mmCIF `.`,
//! so that `_refln.index_h` and `_refln_index_h` are one name.

use std::collections::HashMap;

/// One `data_` block.
#[derive(Debug, Default)]
pub(super) struct Block<'a> {
    pub name: &'a str,
    items: HashMap<String, &'a str>,
    loops: Vec<Loop<'a>>,
}

/// A table: a row of tags, then rows of values.
#[derive(Debug, Default)]
pub(super) struct Loop<'a> {
    tags: Vec<String>,
    values: Vec<&'a str>,
}

/// What is wrong with a file, and on which line.
#[derive(Debug, PartialEq)]
pub(super) struct SyntaxError {
    pub line: usize,
    pub problem: String,
}

impl<'a> Block<'a> {
    /// The value of a tag, alone or in a loop of one row; `None` when it is missing or `?` or `.`.
    pub fn value(&self, tag: &str) -> Option<&'a str> {
        let lone = self.items.get(tag).copied();
        let looped = || {
            let table = self.loop_with(tag)?;
            (table.rows() == 1).then(|| table.column(tag)?.next())?
        };
        lone.or_else(looped).filter(|value| is_known(value))
    }

    /// The first of several tags that has a value.
    pub fn first_value(&self, tags: &[&str]) -> Option<&'a str> {
        tags.iter().find_map(|tag| self.value(tag))
    }

    /// The number of a tag, without its uncertainty in brackets.
    pub fn number(&self, tag: &str) -> Option<f64> {
        parse_number(self.value(tag)?)
    }

    /// The loop that holds a tag.
    pub fn loop_with(&self, tag: &str) -> Option<&Loop<'a>> {
        self.loops
            .iter()
            .find(|table| table.tags.iter().any(|t| t == tag))
    }

    /// The loop of atoms.
    pub fn atoms(&self) -> Option<&Loop<'a>> {
        ["_atom_site_cartn_x", "_atom_site_fract_x"]
            .iter()
            .find_map(|tag| self.loop_with(tag))
    }

    /// a, b, c in Å and α, β, γ in degrees; angles default to 90.
    pub fn cell(&self) -> Option<[f64; 6]> {
        Some([
            self.number("_cell_length_a")?,
            self.number("_cell_length_b")?,
            self.number("_cell_length_c")?,
            self.number("_cell_angle_alpha").unwrap_or(90.0),
            self.number("_cell_angle_beta").unwrap_or(90.0),
            self.number("_cell_angle_gamma").unwrap_or(90.0),
        ])
    }

    /// The symmetry operators that the block lists.
    pub fn operator_triplets(&self) -> Vec<&'a str> {
        [
            "_space_group_symop_operation_xyz",
            "_symmetry_equiv_pos_as_xyz",
        ]
        .iter()
        .find_map(|tag| {
            let many = self.loop_with(tag).and_then(|table| table.column(tag));
            let list: Vec<_> = match many {
                Some(column) => column.filter(|value| is_known(value)).collect(),
                None => self.value(tag).into_iter().collect(),
            };
            (!list.is_empty()).then_some(list)
        })
        .unwrap_or_default()
    }

    /// The name, Hall symbol or number of the space group.
    pub fn space_group(&self) -> Option<&'a str> {
        self.first_value(&[
            "_space_group_name_hall",
            "_symmetry_space_group_name_hall",
            "_space_group_name_h-m_alt",
            "_symmetry_space_group_name_h-m",
            "_space_group_it_number",
            "_symmetry_int_tables_number",
        ])
    }
}

impl<'a> Loop<'a> {
    /// Number of complete rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.tags.len()
    }

    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(String::as_str)
    }

    /// The values under a tag.
    pub fn column<'s>(&'s self, tag: &str) -> Option<impl Iterator<Item = &'a str> + use<'s, 'a>> {
        let position = self.tags.iter().position(|t| t == tag)?;
        Some(
            self.values
                .iter()
                .skip(position)
                .step_by(self.tags.len())
                .copied(),
        )
    }
}

/// Whether a value is neither unknown (`?`) nor inapplicable (`.`).
pub(super) fn is_known(value: &str) -> bool {
    value != "?" && value != "."
}

/// A finite number, without the uncertainty in brackets that may follow it.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let digits = match text.split_once('(') {
        Some((digits, uncertainty)) => {
            let closed = uncertainty.strip_suffix(')')?;
            closed
                .bytes()
                .all(|b| b.is_ascii_digit())
                .then_some(digits)?
        }
        None => text,
    };
    digits.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Reads all blocks.
pub(super) fn parse(text: &str) -> Result<Vec<Block<'_>>, SyntaxError> {
    let mut lexer = Lexer::new(text);
    let mut blocks: Vec<Block> = Vec::new();
    let mut pending_tag: Option<String> = None;
    // Some: the tags (false) or values (true) of a loop are being read.
    let mut open_loop: Option<(Loop, bool)> = None;
    while let Some(token) = lexer.next()? {
        let error = |problem: String| SyntaxError {
            line: lexer.line,
            problem,
        };
        if let (false, Some(tag)) = (matches!(token, Token::Value(_)), &pending_tag) {
            return Err(error(format!("{tag} has no value")));
        }
        if let Token::Block(name) = token {
            close_loop(&mut blocks, open_loop.take()).map_err(error)?;
            blocks.push(Block {
                name,
                ..Block::default()
            });
            continue;
        }
        let Some(block) = blocks.last_mut() else {
            return Err(error("a CIF file starts with data_NAME".into()));
        };
        match token {
            Token::Block(_) => {}
            Token::Loop => {
                close_loop(&mut blocks, open_loop.take()).map_err(error)?;
                open_loop = Some((Loop::default(), false));
            }
            Token::Tag(tag) => match &mut open_loop {
                Some((table, false)) => table.tags.push(tag),
                _ => {
                    close_loop(&mut blocks, open_loop.take()).map_err(error)?;
                    pending_tag = Some(tag);
                }
            },
            Token::Value(value) => match (&mut open_loop, pending_tag.take()) {
                (_, Some(tag)) => {
                    block.items.entry(tag).or_insert(value);
                }
                (Some((table, has_values)), None) if !table.tags.is_empty() => {
                    *has_values = true;
                    table.values.push(value);
                }
                _ => {
                    return Err(error(format!(
                        "the value {:?} has no tag",
                        shortened(value)
                    )));
                }
            },
        }
    }
    let line = lexer.line;
    if let Some(tag) = pending_tag {
        let problem = format!("the file ends before the value of {tag}");
        return Err(SyntaxError { line, problem });
    }
    close_loop(&mut blocks, open_loop).map_err(|problem| SyntaxError { line, problem })?;
    Ok(blocks)
}

fn close_loop<'a>(
    blocks: &mut [Block<'a>],
    open_loop: Option<(Loop<'a>, bool)>,
) -> Result<(), String> {
    if let (Some((table, _)), Some(block)) = (open_loop, blocks.last_mut()) {
        let Some(first) = table.tags.first() else {
            return Err("a loop_ without tags".into());
        };
        if table.values.len() % table.tags.len() != 0 {
            return Err(format!(
                "the loop of {first} and {} other tags is cut short: {} values do not fill its rows",
                table.tags.len() - 1,
                table.values.len()
            ));
        }
        block.loops.push(table);
    }
    Ok(())
}

fn shortened(value: &str) -> String {
    value.chars().take(40).collect()
}

enum Token<'a> {
    Block(&'a str),
    Loop,
    Tag(String),
    Value(&'a str),
}

struct Lexer<'a> {
    text: &'a str,
    position: usize,
    /// Line of the last token, from 1.
    line: usize,
    is_line_start: bool,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            position: 0,
            line: 1,
            is_line_start: true,
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn next(&mut self) -> Result<Option<Token<'a>>, SyntaxError> {
        self.skip_blanks_and_comments();
        let rest = self.rest();
        let Some(&first) = rest.as_bytes().first() else {
            return Ok(None);
        };
        if first == b';' && self.is_line_start {
            return self.text_field().map(Some);
        }
        self.is_line_start = false;
        if first == b'\'' || first == b'"' {
            return self.quoted(first).map(Some);
        }
        let end = rest
            .bytes()
            .position(|b| b.is_ascii_whitespace())
            .unwrap_or(rest.len());
        let word = &rest[..end];
        self.position += end;
        let starts_with = |prefix: &str| {
            word.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        Ok(Some(if first == b'_' {
            Token::Tag(word.replace('.', "_").to_ascii_lowercase())
        } else if starts_with("data_") {
            Token::Block(&word["data_".len()..])
        } else if word.eq_ignore_ascii_case("loop_") {
            Token::Loop
        } else {
            Token::Value(word)
        }))
    }

    fn skip_blanks_and_comments(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.position) {
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.is_line_start = true;
                }
                b'#' => {
                    let end = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.position += end;
                    continue;
                }
                _ if byte.is_ascii_whitespace() => self.is_line_start = false,
                _ => break,
            }
            self.position += 1;
        }
    }

    /// From a quote to the same quote followed by a blank.
    fn quoted(&mut self, quote: u8) -> Result<Token<'a>, SyntaxError> {
        let bytes = self.rest().as_bytes();
        let is_end =
            |i: usize| bytes[i] == quote && bytes.get(i + 1).is_none_or(u8::is_ascii_whitespace);
        let line_end = bytes
            .iter()
            .position(|&b| b == b'\n')
            .unwrap_or(bytes.len());
        match (1..line_end).find(|&i| is_end(i)) {
            Some(end) => {
                let value = &self.rest()[1..end];
                self.position += end + 1;
                Ok(Token::Value(value))
            }
            None => Err(SyntaxError {
                line: self.line,
                problem: "a quote is not closed on its line".into(),
            }),
        }
    }

    /// From `;` at the start of a line to `;` at the start of another.
    fn text_field(&mut self) -> Result<Token<'a>, SyntaxError> {
        let rest = self.rest();
        match rest[1..].find("\n;") {
            Some(end) => {
                let value = &rest[1..1 + end];
                self.position += end + 3;
                self.line += value.matches('\n').count() + 1;
                self.is_line_start = false;
                Ok(Token::Value(value.trim_end_matches('\r')))
            }
            None => Err(SyntaxError {
                line: self.line,
                problem: "a text field that starts with ; does not end".into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "# comment\n\
        data_one\n_cell.length_a 10.5(2)\n_cell.length_b 11\n_cell_length_c 12 _name 'it''s'\n_text\n;two\nlines\n;\n\
        loop_\n_refln.index_h\n_refln.F_meas # comment\n1 'a b'\n2 ?\n-3 \"c\"\n\
        loop_ _symmetry_equiv_pos_as_xyz 'x, y, z' '-x,-y,z'\n\
        DATA_two\n_Cell.Length_A .\n";

    #[test]
    fn blocks_items_loops_quotes_and_text_fields_are_read() {
        let blocks = parse(TEXT).unwrap();
        assert_eq!(blocks.len(), 2);
        let block = &blocks[0];
        assert_eq!(block.name, "one");
        assert_eq!(block.cell(), Some([10.5, 11.0, 12.0, 90.0, 90.0, 90.0]));
        assert_eq!(block.value("_name"), Some("it''s"));
        assert_eq!(block.value("_text"), Some("two\nlines"));
        assert_eq!(block.operator_triplets(), ["x, y, z", "-x,-y,z"]);
        let table = block.loop_with("_refln_index_h").unwrap();
        assert_eq!(table.rows(), 3);
        let column: Vec<_> = table.column("_refln_f_meas").unwrap().collect();
        assert_eq!(column, ["a b", "?", "c"]);
        assert_eq!(blocks[1].value("_cell_length_a"), None);
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line) in [
            ("_tag 1", 1),
            ("data_x\n_a 'open\n", 2),
            ("data_x\n_a\n;open\nmore\n", 3),
            ("data_x\n\n_a _b 1", 3),
            ("data_x\nloop_\n_a\n_b\n1 2\n3\n_c 4\n", 7),
            ("data_x\n1\n", 2),
            ("data_x\nloop_\n1\n", 3),
            ("data_x\n_a", 2),
        ] {
            assert_eq!(parse(text).unwrap_err().line, line, "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(data_x\\s)?[a-z_'\";#\\n \\PC]{0,80}") {
            let _ = parse(&text);
        }

        #[test]
        fn a_file_cut_anywhere_never_panics(end in 0..TEXT.len()) {
            let _ = parse(&TEXT[..end]);
        }
    }
}
