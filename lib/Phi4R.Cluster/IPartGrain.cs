namespace Phi4R.Cluster;

/// <summary>A part that a worker makes; its key says which part, and at which worker.</summary>
/// <remarks>
/// Calls are short and may be made again: what comes of a part is kept until a later call says that it was seen, so a
/// message that is lost on the way, with the machine that handed it on, costs nothing.
/// </remarks>
internal interface IPartGrain : IGrainWithStringKey
{
    /// <summary>Begins the part, where it was not begun before.</summary>
    Task BeginAsync(PartCall call);

    /// <summary>What came since; waits a little where nothing did.</summary>
    /// <param name="seen">How many items of the part were seen, which are kept no longer.</param>
    Task<PartNews> NextAsync(long seen);

    /// <summary>Nobody asks for the part any more.</summary>
    Task EndAsync();
}

/// <summary>What a worker is handed.</summary>
/// <param name="Version">Of the code that handed it out.</param>
[GenerateSerializer]
[Immutable]
internal sealed record PartCall(
    [property: Id(0)] string Kind, [property: Id(1)] string Part, [property: Id(2)] string Version,
    [property: Id(3)] byte[] Content);

/// <summary>What a worker says: news of the part, that nothing is left to begin, or that it cannot go on.</summary>
[GenerateSerializer]
[Immutable]
internal sealed record PartItem([property: Id(0)] byte[]? News, [property: Id(1)] string? Fault = null);

/// <summary>What came of a part.</summary>
/// <param name="Items">In their order, from the first that was not seen.</param>
/// <param name="IsOver">Whether nothing comes after them.</param>
/// <param name="IsKnown">Whether the worker is at the part at all.</param>
[GenerateSerializer]
[Immutable]
internal sealed record PartNews(
    [property: Id(0)] IReadOnlyList<PartItem> Items, [property: Id(1)] bool IsOver,
    [property: Id(2)] bool IsKnown = true);
