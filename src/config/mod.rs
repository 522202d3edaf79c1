//! Settings, paths, the key map and the theme, as data.

pub mod key;
pub mod theme;
