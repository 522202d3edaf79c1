//! The theme as data: which role has which colour. How colours reach the terminal is the screens' matter.

/// What a piece of the screen means. Screens name roles, never colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Running text.
    Text,
    /// What can wait: hints, labels, finished things.
    Dim,
    /// What matters: headings, the chosen tab. Bold.
    Strong,
    /// What can be acted on: links, keys, the focus.
    Accent,
    /// The chosen row of a list, readable without colour.
    Selected,
    /// A hit of a search.
    Hit,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// What should not be.
    Bad,
    /// Code and other text that is meant literally.
    Code,
    /// Rules and frames.
    Rule,
    /// One of six things that are shown beside each other.
    Series(u8),
}

/// An sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// Whether the terminal's background is dark or light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Light text on a dark ground.
    #[default]
    Dark,
    /// Dark text on a light ground.
    Light,
}

/// How many colours may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// None: bold, dim, reverse and underline only (NO_COLOR).
    None,
    /// The terminal's own sixteen.
    Sixteen,
    /// The 256-colour cube.
    Cube,
    /// 24 bits.
    True,
}

/// Which colours the screens have: the setting `screen.theme`. None of them paints the ground.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The program's colours, for the background that the terminal tells.
    #[default]
    Auto,
    /// The program's colours for a dark background.
    Dark,
    /// The program's colours for a light background.
    Light,
    /// Few colours, far from the background that the terminal tells.
    HighContrast,
    /// The terminal's own sixteen, as its owner has set them.
    Terminal,
}

impl Choice {
    /// All choices, in the order in which "Next theme" goes through them.
    pub const ALL: [Choice; 5] =
        [Choice::Auto, Choice::Dark, Choice::Light, Choice::HighContrast, Choice::Terminal];

    /// Its name in the settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Choice::Auto => "auto",
            Choice::Dark => "dark",
            Choice::Light => "light",
            Choice::HighContrast => "high-contrast",
            Choice::Terminal => "terminal",
        }
    }

    /// The one after it; after the last the first.
    #[must_use]
    pub fn next(self) -> Choice {
        let at = Choice::ALL.iter().position(|choice| *choice == self).unwrap_or(0);
        Choice::ALL[(at + 1) % Choice::ALL.len()]
    }

    /// The background it is for, where `told` is what the terminal says.
    #[must_use]
    pub fn background(self, told: Background) -> Background {
        match self {
            Choice::Dark => Background::Dark,
            Choice::Light => Background::Light,
            Choice::Auto | Choice::HighContrast | Choice::Terminal => told,
        }
    }

    /// How many colours it uses of those that the terminal has.
    #[must_use]
    pub fn colours(self, shown: Colours) -> Colours {
        match (self, shown) {
            (_, Colours::None) => Colours::None,
            (Choice::Terminal, _) => Colours::Sixteen,
            _ => shown,
        }
    }

    /// How strong its colours are.
    #[must_use]
    pub fn contrast(self) -> Contrast {
        if self == Choice::HighContrast { Contrast::High } else { Contrast::Normal }
    }
}

/// How far colours are from the background.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contrast {
    /// At least 4.5 : 1 for text.
    #[default]
    Normal,
    /// At least 7 : 1 for text, running text included.
    High,
}

/// The colour of a role on a background; nothing where the terminal's own text colour is right.
#[must_use]
pub fn rgb(role: Role, background: Background, contrast: Contrast) -> Option<Rgb> {
    let (dark, light) = match contrast {
        Contrast::Normal => normal(role)?,
        Contrast::High => high(role),
    };
    Some(match background {
        Background::Dark => dark,
        Background::Light => light,
    })
}

/// On a dark and on a light background: two hues of about equal lightness for each role, chosen for a contrast of
/// at least 4.5 : 1 on black or white (WCAG 2.2, 1.4.3); the six series follow Okabe and Ito (2008), which
/// colour-blind readers can tell apart.
fn normal(role: Role) -> Option<(Rgb, Rgb)> {
    Some(match role {
        Role::Text | Role::Strong | Role::Selected => return None,
        Role::Dim => (Rgb(0x8b, 0x93, 0x9e), Rgb(0x62, 0x69, 0x73)),
        Role::Accent => (Rgb(0x6c, 0xb6, 0xff), Rgb(0x0a, 0x58, 0xb0)),
        Role::Hit => (Rgb(0xff, 0xd8, 0x66), Rgb(0x7a, 0x52, 0x00)),
        Role::Good => (Rgb(0x6b, 0xcb, 0x77), Rgb(0x1a, 0x73, 0x2b)),
        Role::Warn => (Rgb(0xf0, 0xb4, 0x29), Rgb(0x8a, 0x56, 0x00)),
        Role::Bad => (Rgb(0xff, 0x7b, 0x72), Rgb(0xb4, 0x23, 0x18)),
        Role::Code => (Rgb(0xd2, 0xa8, 0xff), Rgb(0x6b, 0x3f, 0xa0)),
        Role::Rule => (Rgb(0x4a, 0x51, 0x5c), Rgb(0xb8, 0xbe, 0xc6)),
        Role::Series(index) => match index % 6 {
            0 => (Rgb(0x56, 0xb4, 0xe9), Rgb(0x00, 0x5f, 0x9e)),
            1 => (Rgb(0xe6, 0x9f, 0x00), Rgb(0x8a, 0x5a, 0x00)),
            2 => (Rgb(0x2f, 0xc4, 0x9c), Rgb(0x00, 0x73, 0x55)),
            3 => (Rgb(0xe0, 0x8f, 0xbd), Rgb(0x9c, 0x3d, 0x76)),
            4 => (Rgb(0xf0, 0xe4, 0x42), Rgb(0x6e, 0x66, 0x00)),
            _ => (Rgb(0xf0, 0x7f, 0x3c), Rgb(0xa8, 0x44, 0x00)),
        },
    })
}

/// The same hues, at least 7 : 1 on black or white (WCAG 2.2, 1.4.6), and on the nearly black and nearly white
/// that terminals have as well. Running text has its colour too: a terminal's own may be a grey.
fn high(role: Role) -> (Rgb, Rgb) {
    match role {
        Role::Text | Role::Strong | Role::Selected => (Rgb(0xff, 0xff, 0xff), Rgb(0x00, 0x00, 0x00)),
        Role::Dim => (Rgb(0xc8, 0xce, 0xd6), Rgb(0x3c, 0x41, 0x48)),
        Role::Accent => (Rgb(0x8c, 0xc8, 0xff), Rgb(0x00, 0x3a, 0x7d)),
        Role::Hit => (Rgb(0xff, 0xe6, 0x80), Rgb(0x52, 0x36, 0x00)),
        Role::Good => (Rgb(0x8f, 0xe8, 0x9a), Rgb(0x08, 0x48, 0x17)),
        Role::Warn => (Rgb(0xff, 0xc9, 0x4d), Rgb(0x58, 0x36, 0x00)),
        Role::Bad => (Rgb(0xff, 0xb0, 0xa9), Rgb(0x85, 0x0d, 0x05)),
        Role::Code => (Rgb(0xe2, 0xc4, 0xff), Rgb(0x4b, 0x23, 0x80)),
        Role::Rule => (Rgb(0x9a, 0xa2, 0xad), Rgb(0x6b, 0x72, 0x7b)),
        Role::Series(index) => match index % 6 {
            0 => (Rgb(0x7c, 0xc8, 0xf5), Rgb(0x00, 0x3f, 0x80)),
            1 => (Rgb(0xff, 0xb8, 0x33), Rgb(0x5c, 0x39, 0x00)),
            2 => (Rgb(0x5e, 0xe0, 0xbc), Rgb(0x00, 0x4a, 0x36)),
            3 => (Rgb(0xf5, 0xb3, 0xd6), Rgb(0x70, 0x1f, 0x50)),
            4 => (Rgb(0xf7, 0xee, 0x66), Rgb(0x2e, 0x4a, 0x00)),
            _ => (Rgb(0xff, 0xb0, 0x7a), Rgb(0x6e, 0x2c, 0x00)),
        },
    }
}
