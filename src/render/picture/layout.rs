//! Layered layout of a picture: all arrows point in one direction.
//!
//! A box is in the layer of its longest path from a start, is ordered within the layer by its neighbours in adjacent
//! layers, and is moved as close to them as the layer allows. Deterministic: equal pictures have equal layouts.

use crate::picture::{Direction, Picture};

/// A position, or a size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A layout.
pub(super) struct PictureLayout {
    pub(super) size: Point,
    /// The center of each box.
    pub(super) boxes: Vec<Point>,
    /// The route of each arrow: alternately a curve and a straight line between consecutive points.
    pub(super) routes: Vec<Vec<Point>>,
}

/// The space between the boxes of a layer, and between layers.
#[derive(Clone, Copy)]
pub(super) struct Gaps {
    pub(super) within: f64,
    pub(super) between: f64,
}

/// A box, or the point where an arrow crosses a layer.
struct Cell {
    /// Its size along the layer.
    breadth: f64,
    /// Its neighbours in the previous and in the next layer, each with a weight.
    neighbours: [Vec<(usize, f64)>; 2],
    /// The position of its center in the layer.
    at: f64,
}

/// Iterations of ordering and of placing.
const PASSES: usize = 40;

/// Lays out a picture whose boxes have these sizes.
pub(super) fn layout(picture: &Picture, sizes: &[Point], gaps: Gaps) -> PictureLayout {
    let transpose = |point| transposed(point, picture.direction);
    let sizes: Vec<_> = sizes.iter().map(|size| transpose(*size)).collect();
    let edges = picture.edges.iter().map(|edge| (edge.from, edge.to));
    let edges: Vec<_> = edges.collect();
    let Arrangement {
        layers,
        cells,
        chains,
    } = arrange(&edges, &sizes, gaps.within);
    let ends = cells.iter().map(|cell| cell.at + cell.breadth / 2.0);
    let breadth = ends.fold(0.0, f64::max);
    let bands = bands(&layers, &sizes, gaps.between);
    let rank_of = rank_of(&layers, cells.len());
    let middle = |cell: usize| {
        let (start, end) = bands[rank_of[cell]];
        Point {
            x: cells[cell].at,
            y: (start + end) / 2.0,
        }
    };
    // An arrow crosses a layer in a straight line; at a box it ends at the side.
    let sides = |cell: usize| {
        let (start, end) = match sizes.get(cell) {
            Some(size) => (middle(cell).y - size.y / 2.0, middle(cell).y + size.y / 2.0),
            None => bands[rank_of[cell]],
        };
        [start, end].map(|y| Point {
            x: cells[cell].at,
            y,
        })
    };
    let routes = chains.iter().map(|chain| {
        let points: Vec<_> = chain
            .iter()
            .flat_map(|cell| sides(*cell))
            .map(transpose)
            .collect();
        points[1..points.len() - 1].to_vec()
    });
    let depth = bands.last().map_or(0.0, |(_, end)| *end);
    PictureLayout {
        routes: routes.collect(),
        boxes: (0..sizes.len())
            .map(|cell| transpose(middle(cell)))
            .collect(),
        size: transpose(Point {
            x: breadth,
            y: depth,
        }),
    }
}

/// Layers run from top to bottom here; a picture from left to right swaps its axes before and after.
fn transposed(point: Point, direction: Direction) -> Point {
    match direction {
        Direction::Down => point,
        Direction::Right => Point {
            x: point.y,
            y: point.x,
        },
    }
}

/// Cells with their positions along their layers, and the cells of each arrow.
struct Arrangement {
    layers: Vec<Vec<usize>>,
    cells: Vec<Cell>,
    chains: Vec<Vec<usize>>,
}

fn arrange(edges: &[(usize, usize)], sizes: &[Point], gap: f64) -> Arrangement {
    let ranks = ranks(sizes.len(), edges);
    let mut layers = vec![Vec::new(); ranks.iter().max().map_or(0, |last| last + 1)];
    let mut cells: Vec<_> = sizes.iter().map(|size| Cell::new(size.x)).collect();
    for (cell, rank) in ranks.iter().enumerate() {
        layers[*rank].push(cell);
    }
    let chains: Vec<_> = edges
        .iter()
        .map(|(from, to)| chain(*from, *to, &ranks, &mut layers, &mut cells))
        .collect();
    connect(&chains, sizes.len(), &mut cells);
    order(&mut layers, &cells);
    span(&layers, &mut cells, gap);
    let starts = cells.iter().map(|cell| cell.at - cell.breadth / 2.0);
    let first = starts.fold(f64::INFINITY, f64::min);
    cells.iter_mut().for_each(|cell| cell.at -= first);
    Arrangement {
        layers,
        cells,
        chains,
    }
}

impl Cell {
    fn new(breadth: f64) -> Self {
        Self {
            breadth,
            neighbours: [Vec::new(), Vec::new()],
            at: 0.0,
        }
    }
}

/// The layer of each box: after all its predecessors. A box without predecessors is directly before its first successor.
fn ranks(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut ranks = vec![0; count];
    for _ in 0..count {
        let before = ranks.clone();
        for (from, to) in edges {
            ranks[*to] = ranks[*to].max(ranks[*from] + 1);
        }
        if ranks == before {
            break;
        }
    }
    let mut is_start = vec![true; count];
    let mut nearest = vec![usize::MAX; count];
    for (from, to) in edges {
        is_start[*to] = false;
        nearest[*from] = nearest[*from].min(ranks[*to]);
    }
    for cell in (0..count).filter(|cell| is_start[*cell] && nearest[*cell] < usize::MAX) {
        ranks[cell] = nearest[cell].saturating_sub(1);
    }
    ranks
}

/// The cells of an arrow, with a new cell in each layer that it crosses.
fn chain(
    from: usize,
    to: usize,
    ranks: &[usize],
    layers: &mut [Vec<usize>],
    cells: &mut Vec<Cell>,
) -> Vec<usize> {
    let mut chain = vec![from];
    for layer in layers.iter_mut().take(ranks[to]).skip(ranks[from] + 1) {
        layer.push(cells.len());
        chain.push(cells.len());
        cells.push(Cell::new(0.0));
    }
    chain.push(to);
    chain
}

/// Connects the cells of each arrow. The weight is high where a bend has no use: along an arrow that crosses layers,
/// and between boxes without another arrow on that side.
fn connect(chains: &[Vec<usize>], boxes: usize, cells: &mut [Cell]) {
    let pairs: Vec<_> = chains
        .iter()
        .flat_map(|chain| chain.windows(2).map(|pair| (pair[0], pair[1])))
        .collect();
    let mut counts = vec![[0, 0]; cells.len()];
    for (from, to) in &pairs {
        counts[*to][0] += 1;
        counts[*from][1] += 1;
    }
    for (from, to) in pairs {
        let is_only = counts[from][1] == 1 && counts[to][0] == 1;
        let is_within = (from < boxes) == (to < boxes);
        let weight = if is_only && is_within { STRAIGHT } else { 1.0 };
        cells[from].neighbours[1].push((to, weight));
        cells[to].neighbours[0].push((from, weight));
    }
}

/// Weight of a connection that should be straight.
const STRAIGHT: f64 = 30.0;

/// Weight of the center of the layer: so small that it matters only without other neighbours.
const CENTER: f64 = 0.02;

/// Orders each layer by the mean position of the neighbours of its cells, alternately downwards and upwards.
fn order(layers: &mut [Vec<usize>], cells: &[Cell]) {
    let mut positions = vec![0.0; cells.len()];
    let record = |layer: &[usize], positions: &mut Vec<f64>| {
        let count = layer.len() as f64;
        for (index, cell) in layer.iter().enumerate() {
            positions[*cell] = (index as f64 + 0.5) / count;
        }
    };
    layers
        .iter()
        .for_each(|layer| record(layer, &mut positions));
    for pass in 0..PASSES {
        let (side, numbers): (_, Vec<_>) = match pass % 2 {
            0 => (0, (0..layers.len()).collect()),
            _ => (1, (0..layers.len()).rev().collect()),
        };
        for number in numbers {
            let target = |cell: &usize| {
                mean(&cells[*cell].neighbours[side], &positions, 0.0).unwrap_or(positions[*cell])
            };
            layers[number].sort_by(|one, other| target(one).total_cmp(&target(other)));
            record(&layers[number], &mut positions);
        }
    }
}

/// The weighted mean position of neighbours; `center` is the weight of position 0.
fn mean(neighbours: &[(usize, f64)], positions: &[f64], center: f64) -> Option<f64> {
    let weighted = neighbours
        .iter()
        .map(|(cell, weight)| positions[*cell] * weight);
    let sum: f64 = weighted.sum();
    let weight: f64 = neighbours.iter().map(|(_, weight)| weight).sum();
    (!neighbours.is_empty()).then(|| sum / (weight + center))
}

/// Moves each cell towards its neighbours: alternately those of the previous and of the next layer, finally of both.
fn span(layers: &[Vec<usize>], cells: &mut [Cell], gap: f64) {
    for layer in layers {
        spread(layer, cells, gap, |_| 0.0);
    }
    for pass in 0..PASSES {
        let sides: &[usize] = match pass {
            _ if pass >= 12 => &[0, 1],
            _ if pass % 2 == 0 => &[0],
            _ => &[1],
        };
        let numbers: Vec<_> = match pass % 2 {
            0 => (0..layers.len()).collect(),
            _ => (0..layers.len()).rev().collect(),
        };
        for number in numbers {
            let positions: Vec<_> = cells.iter().map(|cell| cell.at).collect();
            let neighbours: Vec<Vec<_>> = layers[number]
                .iter()
                .map(|cell| {
                    sides
                        .iter()
                        .flat_map(|side| cells[*cell].neighbours[*side].clone())
                        .collect()
                })
                .collect();
            let target = |index: usize| {
                let cell = layers[number][index];
                mean(&neighbours[index], &positions, CENTER).unwrap_or(positions[cell] * 0.9)
            };
            spread(&layers[number], cells, gap, target);
        }
    }
}

/// Moves the cells of a layer as close to their targets as possible, without overlap and in order: cells that would
/// overlap form a block, which moves to the mean of their targets.
fn spread(layer: &[usize], cells: &mut [Cell], gap: f64, target: impl Fn(usize) -> f64) {
    let mut offsets = Vec::new();
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    let mut offset = 0.0;
    for (index, cell) in layer.iter().enumerate() {
        if index > 0 {
            offset += (cells[layer[index - 1]].breadth + cells[*cell].breadth) / 2.0 + gap;
        }
        offsets.push(offset);
        let (mut sum, mut count) = (target(index) - offset, 1);
        while let Some((previous, number)) = blocks.last().copied()
            && previous / number as f64 > sum / count as f64
        {
            (sum, count) = (sum + previous, count + number);
            blocks.pop();
        }
        blocks.push((sum, count));
    }
    let positions = blocks
        .into_iter()
        .flat_map(|(sum, count)| std::iter::repeat_n(sum / count as f64, count));
    for ((cell, offset), position) in layer.iter().zip(offsets).zip(positions) {
        cells[*cell].at = position + offset;
    }
}

/// The start and the end of each layer.
fn bands(layers: &[Vec<usize>], sizes: &[Point], gap: f64) -> Vec<(f64, f64)> {
    let mut start = 0.0;
    let band = |layer: &Vec<usize>| {
        let boxes = layer.iter().filter_map(|cell| sizes.get(*cell));
        let depth = boxes.map(|size| size.y).fold(0.0, f64::max);
        let band = (start, start + depth);
        start += depth + gap;
        band
    };
    layers.iter().map(band).collect()
}

fn rank_of(layers: &[Vec<usize>], count: usize) -> Vec<usize> {
    let mut ranks = vec![0; count];
    for (rank, layer) in layers.iter().enumerate() {
        layer.iter().for_each(|cell| ranks[*cell] = rank);
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Address;
    use crate::picture::{PictureEdge, PictureNode};

    const GAPS: Gaps = Gaps {
        within: 10.0,
        between: 20.0,
    };

    fn picture(count: usize, ends: &[(usize, usize)], direction: Direction) -> Picture {
        let edges = ends.iter().map(|(one, other)| (one % count, other % count));
        let edges = edges.filter(|(one, other)| one != other);
        let edge = |(one, other): (usize, usize)| PictureEdge {
            from: one.min(other),
            to: one.max(other),
            label: String::new(),
            is_removed: false,
        };
        Picture {
            title: String::new(),
            direction,
            nodes: vec![PictureNode::object(&Address::new("kind", "name")); count],
            edges: edges.map(edge).collect(),
        }
    }

    proptest! {
        #[test]
        fn layout_separates_boxes_and_directs_arrows(
            sides in prop::collection::vec((20.0..200.0, 20.0..90.0), 1..24),
            ends in prop::collection::vec((0usize..24, 0usize..24), 0..40),
            down in any::<bool>(),
        ) {
            let direction = if down { Direction::Down } else { Direction::Right };
            let sizes: Vec<_> = sides.iter().map(|(x, y)| Point { x: *x, y: *y }).collect();
            let picture = picture(sizes.len(), &ends, direction);
            let PictureLayout { size, boxes, routes } = layout(&picture, &sizes, GAPS);
            let apart = |a: f64, b: f64, sizes: f64| (a - b).abs() >= sizes / 2.0 + 9.9;
            for (one, (at, size_of)) in boxes.iter().zip(&sizes).enumerate() {
                prop_assert!(at.x - size_of.x / 2.0 >= -0.1 && at.x + size_of.x / 2.0 <= size.x + 0.1);
                prop_assert!(at.y - size_of.y / 2.0 >= -0.1 && at.y + size_of.y / 2.0 <= size.y + 0.1);
                for (other, size_of_other) in boxes.iter().zip(&sizes).skip(one + 1) {
                    prop_assert!(
                        apart(at.x, other.x, size_of.x + size_of_other.x)
                            || apart(at.y, other.y, size_of.y + size_of_other.y)
                    );
                }
            }
            for route in routes {
                let along = |point: &Point| if down { point.y } else { point.x };
                prop_assert!(route.len() % 2 == 0 && route.len() >= 2);
                prop_assert!(route.is_sorted_by(|one, other| along(one) <= along(other)));
            }
        }
    }

    #[test]
    fn arrow_routes_around_a_box_in_its_layer() {
        let picture = picture(3, &[(0, 1), (1, 2), (0, 2)], Direction::Down);
        let sizes = [Point { x: 100.0, y: 30.0 }; 3];
        let PictureLayout { boxes, routes, .. } = layout(&picture, &sizes, GAPS);
        let [_, past, past_too, _] = routes[2].as_slice() else {
            panic!("{:?}", routes[2]);
        };
        assert_eq!(past.x, past_too.x);
        assert!((past.x - boxes[1].x).abs() >= 60.0);
    }
}
