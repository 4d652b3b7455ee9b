using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Tests.Data;

public sealed class DocumentsTests
{
    [Fact]
    public void A_document_that_lost_its_end_is_an_error_that_names_it()
    {
        TrainingExample[] sound = [new("a", [5, 6, 2], 1), new("b", [7, 3], 0)];
        Assert.Same(sound, Documents.Ended(sound, [2, 3]));
        var error = Assert.Throws<InvalidDataException>(() =>
            Documents.Ended([.. sound, new TrainingExample("cut", [5, 6, 7], 1)], [2, 3])).Message;
        Assert.Contains("1 of 3 documents", error, StringComparison.Ordinal);
        Assert.Contains("problem cut", error, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Documents.Ended([new PreferencePair("p", [1], [5, 2], [5, 6])], [2]));
    }

    [Fact]
    public void What_is_too_long_is_left_out_whole_and_counted()
    {
        var ledger = new Ledger("sft");
        TrainingExample[] documents = [new("a", new int[4], 0), new("b", new int[5], 0), new("c", new int[9], 0)];
        Assert.Equal(["a", "b"], Documents.Fitting(documents, 5, ledger).Select(document => document.Id));
        Assert.Equal(new LedgerLine("sft", "documents", 1, "longer than 5 tokens; left out whole"),
            ledger.Lines.Single());
        ledger.Add("documents", 0, "nothing");
        Assert.Single(ledger.Lines);
    }
}
