//! The form in which the rows are written.
//! Holds no row itself.

/// Declares rows: for each the type of its answers, and `ROWS` with all of them. The documentation of a type is the question.
macro_rules! rows {
    ($(
        #[doc = $question:literal]
        $type:ident = $name:literal {
            answers: { $( $variant:ident = $answer:literal: $effect:literal, )+ }
            why: $why:literal,
            client: $client:literal,
            sources: [$($source:literal),+ $(,)?],
            settled_by: $settled_by:ident($($how:tt)+),
        }
    )+) => {
        $(
            #[doc = $question]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum $type {
                $( #[doc = $effect] $variant, )+
            }

            impl $crate::assumptions::Question for $type {
                const ROW: &'static $crate::assumptions::Assumption = &$crate::assumptions::Assumption {
                    name: $name,
                    question: $question.trim_ascii(),
                    answers: &[$( $crate::assumptions::Answer { name: $answer, effect: $effect }, )+],
                    why: $why,
                    client: $client,
                    sources: &[$($source),+],
                    settled_by: $crate::assumptions::table::settled_by!($type, $settled_by, $($how)+),
                };
                const ANSWERS: &'static [Self] = &[$( Self::$variant, )+];
            }
        )+

        /// The rows of this topic.
        pub(super) const ROWS: &[&$crate::assumptions::Assumption] =
            &[$( <$type as $crate::assumptions::Question>::ROW, )+];
    };
}

/// What settles a row: an observer of the answers of its type, or the reason why nothing does.
macro_rules! settled_by {
    ($type:ident, Nothing, $why:literal) => {
        $crate::assumptions::SettledBy::Nothing($why)
    };
    ($type:ident, $requests:ident, $observer:path) => {
        $crate::assumptions::SettledBy::$requests(|seen| {
            $observer(seen).map($crate::assumptions::index_of::<$type>)
        })
    };
}

pub(super) use {rows, settled_by};
