//! Latencies that every estimator knows, each with its year and source.
//!
//! Such a number is worth little without its date: a table of 2012 has disks and SSDs of 2012. So each constant is one
//! row of one published table and says which, the rows of different years are not mixed under one name, and a line
//! that uses one shows the year. A line of a sheet that defines the same name wins.

/// A named number.
#[derive(Debug)]
pub struct Constant {
    /// Its name.
    pub name: &'static str,
    /// Its value, as the language writes it.
    pub value: &'static str,
    /// What it is.
    pub what: &'static str,
    /// The year that it is of.
    pub year: u16,
    /// Where it stands.
    pub source: &'static str,
}

impl Constant {
    /// For the line that uses it: `ram_read is 100 ns: a read from main memory (2012, Dean and Norvig, ...)`.
    #[must_use]
    pub fn note(&self) -> String {
        format!("{} is {}: {} ({}, {})", self.name, self.value, self.what, self.year, self.source)
    }
}

const DEAN: &str = "Dean and Norvig, latency numbers every programmer should know, edited by Bonér";
const SCOTT: &str = "Scott, latency numbers every programmer should know, by year";

const fn dean(name: &'static str, value: &'static str, what: &'static str) -> Constant {
    Constant { name, value, what, year: 2012, source: DEAN }
}

const fn scott(name: &'static str, value: &'static str, what: &'static str) -> Constant {
    Constant { name, value, what, year: 2020, source: SCOTT }
}

/// Every constant, from the fastest to the slowest of each table.
static CONSTANTS: [Constant; 20] = [
    dean("l1_read", "0.5 ns", "a read from the L1 cache"),
    dean("branch_mispredict", "5 ns", "a branch that was predicted wrong"),
    dean("l2_read", "7 ns", "a read from the L2 cache"),
    dean("mutex_lock", "25 ns", "locking or unlocking a mutex that nobody else wants"),
    dean("ram_read", "100 ns", "a read from main memory"),
    dean("compress_1kb", "3 us", "compressing 1 KB with Zippy"),
    dean("send_1kb", "10 us", "sending 1 KB over a network of 1 Gbit/s"),
    dean("ssd_read", "150 us", "a random read of 4 KB from an SSD"),
    dean("ram_read_1mb", "250 us", "reading 1 MB in sequence from memory"),
    dean("rtt_same_zone", "500 us", "a round trip within one data centre"),
    dean("ssd_read_1mb", "1 ms", "reading 1 MB in sequence from an SSD"),
    dean("hdd_seek", "10 ms", "a seek of a hard disk"),
    dean("hdd_read_1mb", "20 ms", "reading 1 MB in sequence from a hard disk"),
    dean("rtt_continents", "150 ms", "a packet from California to the Netherlands and back"),
    scott("l1_read_2020", "1 ns", "a read from the L1 cache"),
    scott("l2_read_2020", "4 ns", "a read from the L2 cache"),
    scott("mutex_lock_2020", "17 ns", "locking or unlocking a mutex that nobody else wants"),
    scott("ssd_read_2020", "16 us", "a random read from an SSD"),
    scott("hdd_seek_2020", "2 ms", "a seek of a hard disk"),
    Constant {
        name: "fibre_speed",
        value: "200,000 km/s",
        what: "light in a fibre of refractive index 1.5, two thirds of its speed in a vacuum",
        year: 2016,
        source: "ITU-T G.652",
    },
];

/// Every constant.
pub fn constants() -> impl Iterator<Item = &'static Constant> {
    CONSTANTS.iter()
}

/// The constant of that name.
pub(super) fn find(name: &str) -> Option<&'static Constant> {
    CONSTANTS.iter().find(|constant| constant.name == name)
}

#[cfg(test)]
mod tests {
    use super::super::calculate;
    use super::*;

    #[test]
    fn every_constant_has_the_value_it_shows() {
        for constant in constants() {
            let (named, written) = (calculate(constant.name), calculate(constant.value));
            assert!(named.is_ok() && named == written, "{}: {named:?}", constant.name);
            assert!(constant.note().contains(&constant.year.to_string()));
        }
    }

    #[test]
    fn the_numbers_of_dean_add_up_to_his_examples() {
        // The comparisons that the table of 2012 notes beside its rows: main memory 200 times L1, 1 MB from disk 80 times
        // that from memory and 20 times that from an SSD, 1 MB from an SSD 4 times memory, a seek 20 round trips.
        for (text, expected) in [
            ("ram_read / l1_read", 200.0),
            ("hdd_read_1mb / ram_read_1mb", 80.0),
            ("hdd_read_1mb / ssd_read_1mb", 20.0),
            ("ssd_read_1mb / ram_read_1mb", 4.0),
            ("hdd_seek / rtt_same_zone", 20.0),
        ] {
            let ratio = calculate(text).map(|answer| answer.value).unwrap_or_default();
            assert!((ratio - expected).abs() < 1e-9, "{text}: {ratio}");
        }
    }
}
