using Phi4R.Foundation;

namespace Phi4R.Inference.Remote;

/// <summary>Where a model is asked, in words that another process can follow.</summary>
public sealed record ModelAddress
{
    /// <summary>The model's name at the servers.</summary>
    public required string Model { get; init; }

    /// <summary>
    /// The servers, as whoever asks reaches them: 127.0.0.1 is the machine of each worker itself.
    /// </summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>Which of the two common forms a request has.</summary>
    public ChatProtocol Protocol { get; init; }

    /// <summary>Requests under way at one server at the most, of each that asks.</summary>
    public int MaxInFlight { get; init => field = Require.Positive(value); } = 64;
}
