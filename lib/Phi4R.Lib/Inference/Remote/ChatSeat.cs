using Microsoft.Extensions.AI;

namespace Phi4R.Inference.Remote;

/// <summary>One server of a pool, and how much it bears at the moment.</summary>
internal sealed class ChatSeat(IChatClient client, ChatPoolOptions options)
{
    // Before so many answers nobody knows how long one takes.
    private const int EnoughToJudge = 16;
    private const int FailuresInARow = 5;
    private const double Patience = 3;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // A wish for more is told, unless most of it was known.
    private static readonly TimeSpan LongWish = TimeSpan.FromMinutes(1);

    private double _limit = options.MaxInFlight;
    private long _lessSince;
    private int _failed;
    private int _answered;
    private double _slowest;

    public IChatClient Client => client;

    /// <summary>Model and address, as a person reads them.</summary>
    public string Name { get; } = client.GetService(typeof(ChatClientMetadata)) is
        ChatClientMetadata { DefaultModelId: { } model } about
        ? about.ProviderUri is { } address ? $"{model} at {address}" : model
        : "the chat client";

    /// <summary>Requests under way.</summary>
    public int InFlight { get; set; }

    /// <summary>It is not asked before, by the clock of <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long NotBefore { get; private set; }

    /// <summary>The pause is the server's own wish, which is kept also where no other is there.</summary>
    public bool IsAskedToWait { get; private set; }

    /// <summary>Whether one more can be under way.</summary>
    public bool HasRoom => InFlight < Math.Max(1, (int)_limit);

    /// <summary>How full it is.</summary>
    public double Load => InFlight / _limit;

    /// <summary>How long a try may take, by what was seen.</summary>
    public TimeSpan Limit(int maxTokens)
    {
        var (answered, slowest) = (Volatile.Read(ref _answered), Volatile.Read(ref _slowest));
        var seconds = answered < EnoughToJudge ? double.MaxValue : Patience * slowest * maxTokens;
        return seconds >= options.TryTime.TotalSeconds ? options.TryTime
            : TimeSpan.FromSeconds(Math.Max(seconds,
                Math.Min(options.LeastTryTime.TotalSeconds, options.TryTime.TotalSeconds)));
    }

    /// <summary>An answer came: it may have a little more.</summary>
    public void Answered(TimeSpan took, int tokens)
    {
        _failed = 0;
        _limit = Math.Min(options.MaxInFlight, _limit + (1 / _limit));
        _answered++;
        _slowest = Math.Max(_slowest, took.TotalSeconds / Math.Max(1, tokens));
    }

    /// <summary>
    /// No answer came: it gets less where it has too much, and a rest where it fails again and again.
    /// </summary>
    /// <param name="began">When the try began: those of one moment count once.</param>
    public void Failed(ChatFault fault, TimeSpan? retryAfter, long began)
    {
        var now = TimeProvider.System.GetTimestamp();
        _failed = fault == ChatFault.Busy ? 0 : _failed + 1;
        var isTired = _failed >= FailuresInARow;
        if ((fault is ChatFault.Busy or ChatFault.Slow || isTired) && began >= _lessSince)
        {
            (_limit, _lessSince) = (Math.Max(1, _limit * 0.7), now);
        }

        var most = options.LongestRetryAfter;
        var rest = (retryAfter > most ? most : retryAfter) ?? (!isTired ? TimeSpan.Zero
            : TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds,
                0.5 * Math.Pow(2, Math.Min(10, _failed - FailuresInARow)))));
        var until = now + (long)(rest.TotalSeconds * TimeProvider.System.TimestampFrequency);
        if (until > NotBefore)
        {
            if (retryAfter is { } wish && wish > LongWish
                && TimeProvider.System.GetElapsedTime(Math.Max(now, NotBefore), until) > rest / 2)
            {
                options.Log?.Invoke($"{Name} asks for a pause of {wish:c}; "
                    + (wish > most ? $"it is asked again after {most:c}, the longest that is waited" : "it has it"));
            }

            (NotBefore, IsAskedToWait) = (until, retryAfter is not null);
        }
    }
}
