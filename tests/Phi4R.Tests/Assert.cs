namespace Phi4R.Tests;

/// <summary>xunit's assertions, except that nothing is true of all of nothing: a test must have compared.</summary>
internal sealed class Assert : Xunit.Assert
{
    private Assert()
    {
    }

    /// <summary>Every item is as the check says, and there is at least one.</summary>
    public static new void All<T>(IEnumerable<T> items, Action<T> check)
    {
        List<T> all = [.. items];
        NotEmpty(all);
        Xunit.Assert.All(all, check);
    }
}
