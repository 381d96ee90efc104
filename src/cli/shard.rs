//! A shard of the tenants, for one of several machines.
//!
//! The shard of a tenant depends on its key and the number of shards only, so that other tenants do not move it.

use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Part `index` of `count`, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// Whether the tenant with this key is in the shard.
    pub(super) fn has(self, key: &str) -> bool {
        let digest = Sha256::digest(key.as_bytes());
        let (first, _) = digest.split_at(8);
        let number = first
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        number % self.count == self.index
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let numbers =
            parts.and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if index < count => Ok(Self { index, count }),
            Some((_, count @ 1..)) => Err(format!(
                "parts count from 0: those of {count} are 0/{count} to {}/{count}",
                count - 1
            )),
            _ => Err("expected I/N, for example 0/4 for the first of four parts".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_tenant_is_in_exactly_one_part(key in ".*", count in 1..50_u64) {
            let parts = (0..count).filter(|index| Shard { index: *index, count }.has(&key));
            prop_assert_eq!(parts.count(), 1);
        }
    }

    #[test]
    fn parts_are_even_and_never_move() {
        let part = |index| {
            let shard = Shard { index, count: 4 };
            (0..1000)
                .filter(|number| shard.has(&format!("tenants/{number}")))
                .count()
        };
        assert_eq!([part(0), part(1), part(2), part(3)], [259, 245, 252, 244]);
    }

    #[test]
    fn what_is_no_part_is_refused_with_the_form() {
        let refused = |text: &str| text.parse::<Shard>().unwrap_err();
        assert_eq!("3/4".parse(), Ok(Shard { index: 3, count: 4 }));
        assert_eq!(
            refused("4/4"),
            "parts count from 0: those of 4 are 0/4 to 3/4"
        );
        for wrong in ["", "1", "1/0", "-1/4", "a/b"] {
            assert!(refused(wrong).starts_with("expected I/N"), "{wrong}");
        }
    }
}
