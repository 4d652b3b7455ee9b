using CsCheck;
using Phi4R.Verification;
using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Tests.Verification;

// The oracle: a loop over points. All edges are whole numbers from 0 to 6, so what a set holds of -1, -0.5, 0, ..., 7
// says all of it.
public sealed class SetLawTests
{
    private const int Bits = 192;
    private static readonly int[] Halves = [.. Enumerable.Range(-2, 17)];

    private static readonly Gen<Piece> Pieces = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6], Gen.Bool, Gen.Bool)
        .Where((low, high, _, _) => low < high).Select((low, high, closed, ends) => new Piece(low, high, closed, ends));

    private static readonly Gen<Piece[]> Unions = Pieces.Array[1, 3];

    [Fact]
    public void Union_intersection_and_differences_hold_what_their_rules_say_point_by_point() => Unions.Select(Unions)
        .Sample((first, second) =>
        {
            var (a, b) = (Set(first), Set(second));
            foreach (var (sign, rule) in new (char, Func<bool, bool, bool>)[]
            {
                ('∪', (one, other) => one || other), ('∩', (one, other) => one && other),
                ('\\', (one, other) => one && !other), ('△', (one, other) => one != other),
            })
            {
                var merged = RealSet.Merge(a, b, sign)!;
                Assert.All(Halves, half =>
                    Assert.Equal(rule(Holds(first, half), Holds(second, half)), Holds(merged, half)));
            }
        }, iter: 1000, threads: 1);

    [Fact]
    public void Two_sets_are_the_same_where_they_hold_the_same_points() => Unions.Select(Unions).Sample(
        (first, second) =>
        {
            var same = Halves.All(half => Holds(first, half) == Holds(second, half));
            Assert.Equal(same, Set(first).IsSame(Set(second)));
            Assert.Equal(same, Set(second).IsSame(Set(first)));
            Assert.True(Set(first).IsSame(Set([.. first.Reverse(), first[0]])));
        }, iter: 1000, threads: 1);

    [Fact]
    public void Unions_written_in_words_are_compared_as_the_points_say() => Unions.Select(Unions).Sample(
        (first, second) =>
        {
            var same = Halves.All(half => Holds(first, half) == Holds(second, half));
            Assert.Equal(same ? Outcome.Correct : Outcome.Incorrect,
                Equivalence.Compare(Text(first), Text(second), new()).Outcome);
            Assert.Equal(Outcome.Correct, Equivalence.Compare(Text(first), Text([.. first.Reverse()]), new()).Outcome);
        }, iter: 200, threads: 1);

    private static bool Holds(Piece[] pieces, int half) => pieces.Any(piece =>
        (2 * piece.Low < half || (piece.Closed && 2 * piece.Low == half))
        && (half < 2 * piece.High || (piece.Ends && 2 * piece.High == half)));

    private static bool Holds(RealSet set, int half)
    {
        var point = Value.Of(new Rational(half, 2), Bits);
        var below = set.Edges.Count(edge => RealSet.Order(edge, point) < 0);
        return below < set.Edges.Count && RealSet.Order(set.Edges[below], point) == 0
            ? set.Points[below]
            : set.Gaps[below];
    }

    private static RealSet Set(Piece[] pieces) => pieces
        .Select(piece => new RealSet([Edge(piece.Low), Edge(piece.High)], [false, true, false],
            [piece.Closed, piece.Ends]))
        .Aggregate(RealSet.Nothing, (whole, piece) => RealSet.Merge(whole, piece, '∪')!);

    private static Value Edge(int number) => Value.Of(new Rational(number, 1), Bits);

    private static string Text(Piece[] pieces) => string.Join(" \\cup ", pieces.Select(piece =>
        $"{(piece.Closed ? '[' : '(')}{piece.Low}, {piece.High}{(piece.Ends ? ']' : ')')}"));

    private sealed record Piece(int Low, int High, bool Closed, bool Ends);
}
