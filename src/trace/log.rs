//! Reads traces: this program's, the classic program's, and those of others that print `TRACE_XY: name values`.

/// One line of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What the line is about: `hkl_frac`, `PHI`, `TAP5 steps`.
    pub name: String,
    /// Its words, each with the numbers that follow it.
    pub fields: Vec<Field>,
}

/// A word and the numbers after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub label: String,
    pub values: Vec<f64>,
}

impl Line {
    /// All numbers of the line.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.fields
            .iter()
            .flat_map(|field| field.values.iter().copied())
    }
}

/// The lines of a trace; anything else in the text is passed over, and so are `_INFO` lines, which tell programs apart.
pub fn parse(text: &str) -> Vec<Line> {
    text.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<Line> {
    let rest = line.strip_prefix("TRACE_")?;
    let end = rest
        .find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
        .unwrap_or(rest.len());
    let (tag, body) = rest.split_at(end);
    if tag.is_empty() {
        return None;
    }
    // CONFIG is the one tag without a program's name before it.
    let kind = match tag.split_once('_') {
        Some((_program, kind)) => kind,
        None if tag == "CONFIG" => tag,
        None => "",
    };
    if kind == "INFO" {
        return None;
    }
    let body = body.trim_start_matches([':', ' ', '\t']);
    let fields = fields(body);
    let first = fields.first()?.label.as_str();
    let is_assigned = body
        .strip_prefix(first)
        .is_some_and(|rest| rest.starts_with('='));
    let name = match kind {
        "" => first.to_owned(),
        _ if is_assigned => kind.to_owned(),
        _ => format!("{kind} {first}"),
    };
    Some(Line { name, fields })
}

fn fields(body: &str) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let is_separator = |c: char| c.is_whitespace() || ",;:=[]()".contains(c);
    for word in body.split(is_separator).filter(|word| !word.is_empty()) {
        match (word.parse::<f64>(), fields.last_mut()) {
            (Ok(number), Some(field)) => field.values.push(number),
            (Ok(_), None) => return fields,
            (Err(_), _) => fields.push(Field {
                label: word.to_owned(),
                values: Vec::new(),
            }),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(line: &str) -> (String, Vec<(String, Vec<f64>)>) {
        let line = parse_line(line).unwrap();
        let fields = line.fields.into_iter().map(|f| (f.label, f.values));
        (line.name, fields.collect())
    }

    #[test]
    fn a_body_may_begin_with_separators_and_any_letters() {
        let (name, fields) = shape("TRACE_RS:;:\u{36d}z=[1 0 0]");
        assert!(name.ends_with("\u{36d}z"), "{name}");
        assert_eq!(fields[0].1, [1.0, 0.0, 0.0]);
    }

    #[test]
    fn every_form_of_line_is_read() {
        let field = |label: &str, values: &[f64]| (label.to_owned(), values.to_vec());
        for (text, name, fields) in [
            (
                "TRACE_C: hkl_frac -1.5 2e-3 0",
                "hkl_frac",
                vec![field("hkl_frac", &[-1.5, 0.002, 0.0])],
            ),
            (
                "TRACE_PY:Rx=[1 0; -0 1]",
                "Rx",
                vec![field("Rx", &[1.0, 0.0, 0.0, 1.0])],
            ),
            (
                "TRACE_C:angles_rad=rotx:0 roty:0.5",
                "angles_rad",
                vec![
                    field("angles_rad", &[]),
                    field("rotx", &[0.0]),
                    field("roty", &[0.5]),
                ],
            ),
            (
                "TRACE_C_PHI phi_tic=1 phi_deg=0.25",
                "PHI",
                vec![field("phi_tic", &[1.0]), field("phi_deg", &[0.25])],
            ),
            (
                "TRACE_RS_TAP5: steps 4",
                "TAP5 steps",
                vec![field("steps", &[4.0])],
            ),
            (
                "TRACE_CONFIG: tracing pixel (spixel=120, fpixel=189)",
                "CONFIG tracing",
                vec![
                    field("tracing", &[]),
                    field("pixel", &[]),
                    field("spixel", &[120.0]),
                    field("fpixel", &[189.0]),
                ],
            ),
        ] {
            assert_eq!(shape(text), (name.to_owned(), fields), "{text}");
        }
    }

    #[test]
    fn other_text_is_passed_over() {
        let text = "nanoBragg\nTRACE_\nTRACE_C: 12 3\nTRACE_RS_INFO: engine cpu\nTRACE_C:\n\nTRACE_ü\nTRACE_C: F_cell 7\n";
        let lines = parse(text);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0].name, "F_cell");
    }
}
