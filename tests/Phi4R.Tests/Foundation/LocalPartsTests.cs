using Phi4R.Foundation;

namespace Phi4R.Tests.Foundation;

public sealed class LocalPartsTests
{
    [Fact]
    public async Task The_next_part_is_opened_when_nothing_of_the_last_is_left_to_begin()
    {
        List<string> seen = [];
        var first = new Part(async (begun, _) =>
        {
            lock (seen)
            {
                seen.Add("first runs");
            }

            begun();
            await Until(seen, "second ends");
            seen.Add("first ends");
        });
        var second = new Part(async (_, _) =>
        {
            await Task.Yield();
            lock (seen)
            {
                seen.Add("second ends");
            }
        });
        await LocalParts.Instance.RunAsync(Opened([first, second], seen), CancellationToken.None);
        Assert.Equal(["opens 0", "first runs", "opens 1", "second ends"], seen.Take(4));
        Assert.Contains("first ends", seen);
    }

    [Fact]
    public async Task The_first_that_fails_ends_the_others_and_is_what_is_thrown()
    {
        var isEnded = false;
        var waits = Waiting(() => isEnded = true);
        var fails = new Part((_, _) => throw new IOException("full"));
        List<string> seen = [];
        var error = await Assert.ThrowsAsync<IOException>(() =>
            LocalParts.Instance.RunAsync(Opened([waits, fails, waits], seen), CancellationToken.None));
        Assert.Equal(("full", true), (error.Message, isEnded));
        Assert.Equal(["opens 0", "opens 1"], seen);
    }

    [Fact]
    public async Task A_part_that_cannot_be_opened_ends_those_that_run()
    {
        var isEnded = false;
        var waits = Waiting(() => isEnded = true);
        await Assert.ThrowsAsync<InvalidDataException>(() => LocalParts.Instance.RunAsync(
            new[] { 0, 1 }.Select(i => i == 0 ? waits : throw new InvalidDataException("torn")),
            CancellationToken.None));
        Assert.True(isEnded);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_says_so()
    {
        using var stop = new CancellationTokenSource();
        var waits = new Part(async (begun, cancel) =>
        {
            begun();
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancel);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            LocalParts.Instance.RunAsync([waits], stop.Token));
    }

    // Begins, and is never done.
    private static Part Waiting(Action ended) => new(async (begun, cancel) =>
    {
        begun();
        try
        {
            await Task.Delay(Timeout.Infinite, cancel);
        }
        finally
        {
            ended();
        }
    });

    private static IEnumerable<IPart> Opened(IReadOnlyList<Part> parts, List<string> seen)
    {
        foreach (var (i, part) in parts.Index())
        {
            lock (seen)
            {
                seen.Add($"opens {i}");
            }

            yield return part;
        }
    }

    private static async Task Until(List<string> seen, string word)
    {
        for (var i = 0; i < 1000; i++)
        {
            lock (seen)
            {
                if (seen.Contains(word))
                {
                    return;
                }
            }

            await Task.Delay(10);
        }

        Assert.Fail($"'{word}' did not come.");
    }

    private sealed class Part(Func<Action, CancellationToken, Task> run) : IPart
    {
        public string Id => "test-0";

        public string Kind => "test";

        public Task RunAsync(Action begun, CancellationToken cancel) => run(begun, cancel);

        public byte[]? Lacking() => throw new NotSupportedException();

        public PartTally Take(ReadOnlySpan<byte> news) => throw new NotSupportedException();
    }
}
