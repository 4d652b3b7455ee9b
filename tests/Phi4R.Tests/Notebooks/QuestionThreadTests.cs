using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Phi4R.Notebooks.Jupyter;

namespace Phi4R.Tests.Notebooks;

/// <summary>When a kernel makes ready for the first question.</summary>
public sealed class QuestionThreadTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly BlockingCollection<string> _seen = [];
    private readonly BlockingCollection<bool> _outcomes = [];
    private readonly QuestionThread _questions;

    // A preparation goes on until it is cancelled or the test ends it.
    public QuestionThreadTests() => _questions = new QuestionThread(
        (_, request, _) => See(request.Id),
        cancel =>
        {
            See("preparing");
            bool outcome;
            while (!_outcomes.TryTake(out outcome, 10, CancellationToken.None) && !cancel.IsCancellationRequested)
            {
                // at work
            }

            See(cancel.IsCancellationRequested ? "given up" : "prepared");
            return outcome;
        });

    [Fact]
    public void Nothing_is_prepared_before_a_first_cell_or_beside_one_but_a_second_after_it()
    {
        Assert.Null(Next(TimeSpan.FromSeconds(2.5)));
        _questions.CellBegins();
        _questions.CellBegins(); // as one that waits behind it
        Assert.Null(Next(TimeSpan.FromSeconds(2.5)));
        _questions.CellEnds();
        Assert.Null(Next(TimeSpan.FromSeconds(2.5)));
        var end = Stopwatch.GetTimestamp();
        _questions.CellEnds();
        Assert.Equal("preparing", Next());
        Assert.InRange(Stopwatch.GetElapsedTime(end).TotalSeconds, 0.99, Patience.TotalSeconds);
        _outcomes.Add(true);
        Assert.Equal("prepared", Next());
    }

    [Fact]
    public void A_cell_or_a_question_ends_the_preparation_at_once_which_is_tried_again_until_it_is_done()
    {
        _questions.CellBegins();
        _questions.CellEnds();
        Assert.Equal("preparing", Next());
        _questions.CellBegins();
        Assert.Equal("given up", Next());
        Assert.Null(Next(TimeSpan.FromSeconds(2.5)));
        _questions.CellEnds();
        Assert.Equal("preparing", Next());
        Ask("question");
        Assert.Equal("given up", Next());
        Assert.Equal("question", Next());
        Assert.Equal("preparing", Next());
        _outcomes.Add(true);
        Assert.Equal("prepared", Next());
        Assert.Null(Next(TimeSpan.FromSeconds(2.5)));
        Ask("later");
        Assert.Equal("later", Next());
        Assert.Null(Next(TimeSpan.FromSeconds(2.5)));
    }

    [Fact]
    public void The_end_of_the_kernel_ends_the_preparation()
    {
        _questions.CellBegins();
        _questions.CellEnds();
        Assert.Equal("preparing", Next());
        _questions.Dispose();
        Assert.Equal("given up", Next());
        Assert.Null(Next(TimeSpan.FromSeconds(2.5)));
    }

    public void Dispose() => _questions.Dispose();

    private void See(string what) => _seen.Add(what);

    private string? Next(TimeSpan? patience = null) =>
        _seen.TryTake(out var next, patience ?? Patience) ? next : null;

    private void Ask(string id) => _questions.Add(KernelChannel.Shell, new WireMessage([], new JsonObject
    {
        ["msg_id"] = id,
        ["msg_type"] = "complete_request",
        ["session"] = "a",
    }, [], []));
}
