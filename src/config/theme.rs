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

/// The colour of a role on a background; nothing where the terminal's own text colour is right.
#[must_use]
pub fn rgb(role: Role, background: Background) -> Option<Rgb> {
    // Two hues of about equal lightness for each role, chosen for a contrast of at least 4.5 : 1 on black
    // or white (WCAG 2.2, 1.4.3); the six series follow Okabe and Ito (2008), which colour-blind readers
    // can tell apart.
    let (dark, light) = match role {
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
    };
    Some(match background {
        Background::Dark => dark,
        Background::Light => light,
    })
}
