//! The page description language of manual pages.

/// A manual page as it grows.
pub struct Page(String);

impl Page {
    /// A page of section 1.
    pub fn new(name: &str) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self(format!(
            ".TH \"{}\" 1 \"\" \"nanobragg {version}\" \"User Commands\"\n.nh\n.ad l\n",
            name.to_uppercase()
        ))
    }

    pub fn section(&mut self, title: &str) {
        self.0 += &format!(".SH \"{}\"\n", escaped(&title.to_uppercase()));
    }

    pub fn subsection(&mut self, title: &str) {
        self.0 += &format!(".SS \"{}\"\n", escaped(title));
    }

    pub fn paragraph(&mut self, text: &str) {
        self.0 += &format!(".PP\n{}\n", escaped(text));
    }

    /// A term, its value's names behind it, and what it means.
    pub fn item(&mut self, term: &str, value: &str, text: &str) {
        let value = match value {
            "" => String::new(),
            value => format!(" \\fI{}\\fR", escaped(value)),
        };
        self.0 += &format!(".TP\n\\fB{}\\fR{value}\n{}\n", escaped(term), escaped(text));
    }

    /// Lines as they are typed.
    pub fn example(&mut self, lines: &str) {
        self.0 += &format!(".PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", escaped(lines));
    }

    pub fn finish(self) -> String {
        self.0
    }
}

/// Text that stands for itself: no line is a request, and dashes can be copied.
fn escaped(text: &str) -> String {
    let text = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('"', "\\(dq");
    let lines: Vec<String> = text
        .lines()
        .map(|line| match line.starts_with(['.', '\'']) {
            true => format!("\\&{line}"),
            false => line.to_owned(),
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_stands_for_itself() {
        assert_eq!(
            escaped(".5 is\n'a' \\ -b \"c\""),
            "\\&.5 is\n\\&'a' \\e \\-b \\(dqc\\(dq"
        );
    }
}
