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
            settled_by: $settled_by:ident,
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
                    settled_by: $crate::assumptions::SettledBy::$settled_by,
                };
                const ANSWERS: &'static [Self] = &[$( Self::$variant, )+];
            }
        )+

        /// The rows of this topic.
        pub(super) const ROWS: &[&$crate::assumptions::Assumption] =
            &[$( <$type as $crate::assumptions::Question>::ROW, )+];
    };
}

pub(super) use rows;
