//! Formulas as a line of text.
//!
//! Most formulas in technical pages are small: a bound, a sum, a probability. Unicode has the letters, the
//! operators and many raised and lowered characters, so they can be read as text: `O(n log n)`, `λ = 1/μ`,
//! `xᵢ²`. The rule is that the text says exactly what the formula says; where that is not certain (a matrix,
//! a fraction under a root under a bar, a command that is not known) the answer is none, and the reader sees
//! the source, which is better than a wrong formula.

use super::script::Script;

/// Formulas of more bytes than this are shown as their source.
const LONGEST: usize = 2000;
/// How deep groups may nest.
const DEEPEST: usize = 20;

/// A formula in TeX as text, if that can be said exactly in lines of text; `\n` separates its lines. Cost:
/// O(n) for each level of nesting.
#[must_use]
pub(super) fn readable(tex: &str) -> Option<String> {
    if tex.len() > LONGEST {
        return None;
    }
    let mut reader = Reader { rest: tex, depth: 0 };
    let text = reader.sequence(None)?;
    let lines = text.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

/// What is put together, and what matters of its end.
#[derive(Default)]
struct Text {
    text: String,
    /// Whether a letter or digit needs a space before it: after `log`, `∑` or a fraction.
    apart: bool,
    /// Whether a raised or lowered character would be read as belonging to less than it does.
    whole: bool,
    /// What the text ends with, where that is raised or lowered; TeX has no second one of a kind.
    ends_with: Option<Script>,
}

impl Text {
    fn add(&mut self, text: &str) {
        if self.apart && text.starts_with(|c: char| c.is_alphanumeric() || c == '√' || c == '∑') {
            self.text.push(' ');
        }
        self.text.push_str(text);
        (self.apart, self.whole, self.ends_with) = (false, false, None);
    }

    /// A word: with a space to letters and digits beside it.
    fn name(&mut self, name: &str) {
        if self.text.ends_with(char::is_alphanumeric) {
            self.text.push(' ');
        }
        self.add(name);
        self.apart = true;
    }

    fn script(&mut self, script: Script, text: &str) -> Option<()> {
        if self.whole || self.ends_with == Some(script) {
            return None;
        }
        self.ends_with = Some(script);
        match text {
            "∘" if script == Script::Up => self.text.push('°'),
            "′" | "″" if script == Script::Up => self.text.push_str(text),
            _ => self.text.push_str(&script.moved(text)),
        }
        Some(())
    }
}

impl<'a> Reader<'a> {
    /// Reads up to the end, or to a closing character.
    fn sequence(&mut self, end: Option<char>) -> Option<String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut out = Text::default();
        loop {
            let Some(c) = self.next() else { break end.is_none().then_some(())? };
            match c {
                c if Some(c) == end => break,
                '}' | '%' | '$' | '#' => return None,
                '{' => {
                    let inner = self.sequence(Some('}'))?;
                    if self.rest.starts_with(['^', '_']) && inner.chars().count() > 1 {
                        out.add(&format!("({inner})"));
                    } else {
                        out.add(&inner);
                    }
                }
                '^' | '_' => {
                    let script = if c == '^' { Script::Up } else { Script::Down };
                    let argument = self.argument()?;
                    out.script(script, &argument)?;
                }
                '\\' => self.command(&mut out)?,
                '\'' => out.text.push('′'),
                '&' | '~' => out.text.push(' '),
                c if c.is_whitespace() => out.text.push(' '),
                c => out.add(c.encode_utf8(&mut [0; 4])),
            }
        }
        self.depth -= 1;
        Some(out.text)
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// The next group, command or character.
    fn argument(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        match self.next()? {
            '{' => self.sequence(Some('}')).map(|text| text.trim().to_owned()),
            '\\' => {
                self.depth += 1;
                let mut out = Text::default();
                (self.depth <= DEEPEST).then(|| self.command(&mut out))??;
                self.depth -= 1;
                Some(out.text.trim().to_owned())
            }
            '}' | '^' | '_' | '&' | '%' | '$' | '#' => None,
            '\'' => Some("′".to_owned()),
            c => Some(c.to_string()),
        }
    }

    /// The text of a group as it stands, for `\text{}`; one that holds more than text gives none.
    fn plain_argument(&mut self) -> Option<&'a str> {
        let inner = self.rest.trim_start().strip_prefix('{')?;
        let end = inner.find('}')?;
        self.rest = &inner[end + 1..];
        Some(&inner[..end]).filter(|text| !text.contains(['{', '\\', '$', '%']))
    }

    /// Reads a command, behind its backslash.
    fn command(&mut self, out: &mut Text) -> Option<()> {
        let length = self.rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        if length == 0 {
            return self.sign(out);
        }
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        match name {
            "frac" | "dfrac" | "tfrac" => self.fraction(out)?,
            "sqrt" => self.root(out)?,
            "text" | "textrm" | "textit" | "textbf" | "texttt" | "mbox" => out.add(self.plain_argument()?),
            "mathrm" | "mathit" | "mathbf" | "mathsf" | "mathtt" | "mathcal" | "boldsymbol" => {
                out.add(&self.argument()?);
            }
            "operatorname" => {
                let name = self.argument()?;
                out.name(&name);
            }
            "mathbb" => out.add(double_struck(&self.argument()?)?),
            "hat" | "bar" | "vec" | "tilde" | "dot" | "ddot" => out.add(&accented(name, &self.argument()?)?),
            "left" | "right" => {
                self.rest = self.rest.trim_start();
                self.rest = self.rest.strip_prefix('.').unwrap_or(self.rest);
            }
            "begin" | "end" => {
                const LINES: [&str; 8] =
                    ["aligned", "align", "align*", "equation", "equation*", "gather", "gathered", "split"];
                LINES.contains(&self.plain_argument()?).then_some(())?;
                out.text.push('\n');
            }
            "pmod" => {
                let modulus = self.argument()?;
                out.text.push_str(&format!(" (mod {modulus})"));
            }
            "displaystyle" | "textstyle" | "limits" | "nolimits" | "big" | "Big" | "bigl" | "bigr"
            | "Bigl" | "Bigr" | "bigg" | "Bigg" => {}
            "quad" | "qquad" => out.text.push(' '),
            _ => symbol(name, out)?,
        }
        Some(())
    }

    /// A command of one sign: `\{`, `\,`.
    fn sign(&mut self, out: &mut Text) -> Option<()> {
        match self.next()? {
            '\\' if self.rest.trim_start().starts_with('[') => return None,
            '\\' => out.text.push('\n'),
            ',' | ';' | ':' | ' ' | '>' | '\n' => out.text.push(' '),
            '!' => {}
            '|' => out.add("‖"),
            c @ ('{' | '}' | '$' | '%' | '&' | '#' | '_') => out.add(c.encode_utf8(&mut [0; 4])),
            _ => return None,
        }
        Some(())
    }

    fn fraction(&mut self, out: &mut Text) -> Option<()> {
        let (above, below) = (self.argument()?, self.argument()?);
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        let one = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '.');
        // `a/bc` can be read as `(a/b)c`; a number, or one letter, cannot be misread.
        let number = !below.is_empty() && below.chars().all(|c| c.is_ascii_digit());
        let above = if one(&above) { above } else { format!("({above})") };
        let below =
            if number || (one(&below) && letters(&below) == 1) { below } else { format!("({below})") };
        if out.text.ends_with(|c: char| c.is_alphanumeric() || c == '/') {
            out.add(&format!("({above}/{below})"));
        } else {
            out.add(&format!("{above}/{below}"));
            (out.apart, out.whole) = (true, true);
        }
        Some(())
    }

    fn root(&mut self, out: &mut Text) -> Option<()> {
        let mut index = String::new();
        if let Some(rest) = self.rest.strip_prefix('[') {
            self.rest = rest;
            index = Script::Up.exact(&self.sequence(Some(']'))?)?;
        }
        let inner = self.argument()?;
        let one =
            inner.chars().count() == 1 || (!inner.is_empty() && inner.bytes().all(|b| b.is_ascii_digit()));
        if !index.is_empty() && out.text.ends_with(char::is_alphanumeric) {
            return None;
        }
        out.add(&if one { format!("{index}√{inner}") } else { format!("{index}√({inner})") });
        (out.apart, out.whole) = (one, one);
        Some(())
    }
}

fn double_struck(letter: &str) -> Option<&'static str> {
    const LETTERS: [(&str, &str); 8] =
        [("C", "ℂ"), ("E", "𝔼"), ("H", "ℍ"), ("N", "ℕ"), ("P", "ℙ"), ("Q", "ℚ"), ("R", "ℝ"), ("Z", "ℤ")];
    LETTERS.iter().find(|(plain, _)| *plain == letter).map(|(_, struck)| *struck)
}

/// One letter with a mark above it.
fn accented(command: &str, letter: &str) -> Option<String> {
    let mark = match command {
        "hat" => '\u{302}',
        "bar" => '\u{304}',
        "vec" => '\u{20d7}',
        "tilde" => '\u{303}',
        "dot" => '\u{307}',
        _ => '\u{308}',
    };
    let mut chars = letter.chars();
    let only = chars.next().filter(|c| c.is_alphabetic())?;
    chars.next().is_none().then(|| [only, mark].iter().collect())
}

/// A command that stands for a sign or a word.
fn symbol(name: &str, out: &mut Text) -> Option<()> {
    if let Some((_, sign)) = LETTERS.iter().find(|(known, _)| *known == name) {
        out.add(sign);
    } else if let Some((_, sign)) = BETWEEN.iter().find(|(known, _)| *known == name) {
        out.text.push(' ');
        out.add(sign);
        out.text.push(' ');
    } else if let Some((_, sign)) = LARGE.iter().find(|(known, _)| *known == name) {
        out.add(sign);
        out.apart = true;
    } else if NAMES.contains(&name) {
        out.name(name);
    } else {
        return None;
    }
    Some(())
}

/// What is set as a letter or a sign of its own.
const LETTERS: &[(&str, &str)] = &[
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ϵ"),
    ("varepsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("vartheta", "ϑ"),
    ("iota", "ι"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("upsilon", "υ"),
    ("phi", "ϕ"),
    ("varphi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Gamma", "Γ"),
    ("Delta", "Δ"),
    ("Theta", "Θ"),
    ("Lambda", "Λ"),
    ("Xi", "Ξ"),
    ("Pi", "Π"),
    ("Sigma", "Σ"),
    ("Upsilon", "Υ"),
    ("Phi", "Φ"),
    ("Psi", "Ψ"),
    ("Omega", "Ω"),
    ("ell", "ℓ"),
    ("hbar", "ℏ"),
    ("infty", "∞"),
    ("partial", "∂"),
    ("nabla", "∇"),
    ("emptyset", "∅"),
    ("varnothing", "∅"),
    ("forall", "∀"),
    ("exists", "∃"),
    ("neg", "¬"),
    ("lnot", "¬"),
    ("cdot", "·"),
    ("circ", "∘"),
    ("ast", "∗"),
    ("star", "⋆"),
    ("ldots", "…"),
    ("dots", "…"),
    ("cdots", "⋯"),
    ("lceil", "⌈"),
    ("rceil", "⌉"),
    ("lfloor", "⌊"),
    ("rfloor", "⌋"),
    ("langle", "⟨"),
    ("rangle", "⟩"),
    ("lbrace", "{"),
    ("rbrace", "}"),
    ("prime", "′"),
    ("top", "⊤"),
    ("bot", "⊥"),
    ("vert", "|"),
    ("Vert", "‖"),
    ("degree", "°"),
    ("backslash", "\\"),
    ("dagger", "†"),
    ("aleph", "ℵ"),
];

/// What stands between two others, with a space on both sides.
const BETWEEN: &[(&str, &str)] = &[
    ("le", "≤"),
    ("leq", "≤"),
    ("ge", "≥"),
    ("geq", "≥"),
    ("ne", "≠"),
    ("neq", "≠"),
    ("lt", "<"),
    ("gt", ">"),
    ("ll", "≪"),
    ("gg", "≫"),
    ("approx", "≈"),
    ("sim", "∼"),
    ("simeq", "≃"),
    ("equiv", "≡"),
    ("cong", "≅"),
    ("propto", "∝"),
    ("in", "∈"),
    ("notin", "∉"),
    ("ni", "∋"),
    ("subset", "⊂"),
    ("subseteq", "⊆"),
    ("supset", "⊃"),
    ("supseteq", "⊇"),
    ("cup", "∪"),
    ("cap", "∩"),
    ("setminus", "∖"),
    ("to", "→"),
    ("rightarrow", "→"),
    ("leftarrow", "←"),
    ("gets", "←"),
    ("leftrightarrow", "↔"),
    ("Rightarrow", "⇒"),
    ("Leftarrow", "⇐"),
    ("Leftrightarrow", "⇔"),
    ("implies", "⇒"),
    ("iff", "⇔"),
    ("mapsto", "↦"),
    ("times", "×"),
    ("div", "÷"),
    ("pm", "±"),
    ("mp", "∓"),
    ("oplus", "⊕"),
    ("otimes", "⊗"),
    ("land", "∧"),
    ("wedge", "∧"),
    ("lor", "∨"),
    ("vee", "∨"),
    ("mid", "|"),
    ("parallel", "∥"),
    ("perp", "⊥"),
    ("coloneqq", "≔"),
    ("prec", "≺"),
    ("succ", "≻"),
    ("vdash", "⊢"),
    ("models", "⊨"),
    ("bmod", "mod"),
];

/// Operators that are set large; what follows them stands apart.
const LARGE: &[(&str, &str)] =
    &[("sum", "∑"), ("prod", "∏"), ("int", "∫"), ("oint", "∮"), ("bigcup", "⋃"), ("bigcap", "⋂")];

/// Functions that are set as words.
const NAMES: &[&str] = &[
    "log", "ln", "lg", "exp", "min", "max", "sup", "inf", "lim", "sin", "cos", "tan", "arcsin", "arccos",
    "arctan", "sinh", "cosh", "tanh", "gcd", "det", "dim", "ker", "arg", "deg", "Pr", "limsup", "liminf",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tex: &str, expected: &str) {
        assert_eq!(readable(tex).as_deref(), Some(expected), "{tex}");
    }

    #[test]
    fn formulas_as_text() {
        check("x", "x");
        check("O(n \\log n)", "O(n log n)");
        check("2\\log_2n", "2 log₂ n");
        check("\\lambda = \\frac{1}{\\mu}", "λ = 1/μ");
        check("a\\le b\\times c", "a ≤ b × c");
        check("x_i^2 + x_{ij}^{n+1}", "xᵢ² + xᵢⱼⁿ⁺¹");
        check("\\sum_{k=1}^{n} a_k", "∑ₖ₌₁ⁿ aₖ");
        check("\\sum_{k=1}^na_k", "∑ₖ₌₁ⁿ aₖ");
        check("2^{10} \\approx 10^3", "2¹⁰ ≈ 10³");
        check("e^{-\\lambda t}", "e^(-λ t)");
        check("\\sqrt{2} + \\sqrt{x+1} + \\sqrt[3]{x}", "√2 + √(x+1) + ³√x");
        check("\\left( x \\right)^2", "( x )²");
        check("P\\left[X\\right.", "P[X");
        check("90^\\circ, f'(x), x^\\prime", "90°, f′(x), x′");
        check("\\text{hit rate} = \\mathrm{hits} / n", "hit rate = hits / n");
        check("x \\in \\mathbb{R}", "x ∈ ℝ");
        check("\\hat{x} \\bar\\rho", "x̂ ρ̄");
        check("a \\equiv b \\pmod{n}", "a ≡ b (mod n)");
        check("\\{1, 2\\}\\,\\%", "{1, 2} %");
        check("\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}", "a = b\nc = d");
        check("a \\\\\n b", "a\nb");
    }

    #[test]
    fn nothing_is_read_as_belonging_to_less() {
        check("2\\frac{1}{3}", "2(1/3)");
        check("\\frac{1}{2}x", "1/2 x");
        check("\\frac{a+b}{2a}", "(a+b)/(2a)");
        check("\\frac{a}{b^2}", "a/(b²)");
        check("\\frac12", "1/2");
        check("{ab}^2", "(ab)²");
        check("x^{\\frac12}", "x^(1/2)");
        check("\\sqrt{ab}^2", "√(ab)²");
    }

    #[test]
    fn what_is_not_certain_stays_source() {
        for tex in [
            "",
            " ",
            "}",
            "{",
            "x^",
            "\\frac{1}",
            "\\unknown x",
            "\\begin{matrix} a & b \\end{matrix}",
            "\\text{$x$}",
            "a % b",
            "\\sqrt{x}^2",
            "\\frac{1}{2}^2",
            "\\hat{xy}",
            "\\mathbb{AB}",
            "\\",
            "x_^2",
            "{a \\over b}",
        ] {
            assert_eq!(readable(tex), None, "{tex}");
        }
        assert_eq!(readable(&"x".repeat(LONGEST + 1)), None);
        for (open, close) in [("{", "}"), ("\\frac", ""), ("x^", ""), ("\\sqrt{", "}")] {
            assert_eq!(readable(&(open.repeat(100) + "x" + &close.repeat(100))), None, "{open}");
        }
    }
}
