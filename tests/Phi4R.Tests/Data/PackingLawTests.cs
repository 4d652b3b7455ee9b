using CsCheck;
using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Tests.Data;

public sealed class PackingLawTests
{
    private const int RowLength = 20;

    private static readonly Gen<TrainingExample[]> Documents = Gen.Int[1, RowLength].Array[0, 60].Select(lengths =>
        lengths.Select((length, i) => new TrainingExample($"{i}", new int[length], 0)).ToArray());

    // Pairs by the lengths of the right and the wrong answer; the ids tell them apart.
    private static readonly Gen<PreferencePair[]> Pairs = Gen.Select(Gen.Int[1, 12], Gen.Int[1, 12]).Array[0, 60]
        .Select(lengths => lengths.Select((pair, i) =>
            new PreferencePair($"{i}", [1], new int[pair.Item1], new int[pair.Item2])).ToArray());

    [Fact]
    public void Every_document_is_in_one_row_no_row_is_too_full_and_within_a_row_order_is_kept() =>
        Documents.Select(Gen.Int[1, 8]).Sample((documents, openRows) =>
        {
            var rows = Packing.Pack(documents, RowLength, openRows).ToList();
            Assert.Equal(documents.Select(document => document.Id).Order(StringComparer.Ordinal),
                rows.SelectMany(row => row.Documents).Select(document => document.Id).Order(StringComparer.Ordinal));
            foreach (var row in rows)
            {
                Assert.Equal(RowLength, row.Length);
                Assert.Equal(row.Documents.Sum(document => document.Tokens.Length), row.Used);
                Assert.InRange(row.Used, 1, RowLength);
                int[] places = [.. row.Documents.Select(document => Array.IndexOf(documents, document))];
                Assert.Equal(places.Order(), places);
            }
        }, iter: 500, threads: 1);

    // No document went into a row of its own while the row before it held it.
    [Fact]
    public void With_one_open_row_documents_stay_in_order_and_no_row_ends_too_early() => Documents.Sample(documents =>
    {
        var rows = Packing.Pack(documents, RowLength, openRows: 1).ToList();
        Assert.Equal(documents, rows.SelectMany(row => row.Documents));
        foreach (var (row, next) in rows.Zip(rows.Skip(1)))
        {
            Assert.True(row.Used + next.Documents[0].Tokens.Length > RowLength);
        }
    }, iter: 500, threads: 1);

    [Fact]
    public void After_matching_as_many_pairs_are_longer_as_shorter_in_each_bin_and_none_more_could_be_kept() =>
        Pairs.Select(Gen.Int[1, 4], Gen.Int[0, 1000]).Sample((pairs, width, seed) =>
        {
            var (kept, leftOut) = Pairing.MatchLengths(pairs, width, Randomness.For(seed, "law"));
            Assert.Equal(pairs.Length, kept.Count + leftOut);
            int[] places = [.. kept.Select(pair => Array.IndexOf(pairs, pair))];
            Assert.DoesNotContain(-1, places);
            Assert.Equal(places.Order().Distinct(), places);
            Assert.Equal(pairs.Count(pair => Longer(pair) == 0), kept.Count(pair => Longer(pair) == 0));
            for (var bin = 1; bin <= 12; bin++)
            {
                var (longer, shorter) = (Count(kept, bin, 1), Count(kept, bin, -1));
                Assert.Equal(longer, shorter);
                Assert.Equal(Math.Min(Count(pairs, bin, 1), Count(pairs, bin, -1)), longer);
            }

            // Differences from (bin - 1) * width + 1 to bin * width tokens.
            int Count(IEnumerable<PreferencePair> some, int bin, int side) => some.Count(pair =>
                side * Longer(pair) > (bin - 1) * width && side * Longer(pair) <= bin * width);
        }, iter: 500, threads: 1);

    private static int Longer(PreferencePair pair) => pair.Chosen.Length - pair.Rejected.Length;
}
