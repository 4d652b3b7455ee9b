using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Phi4R.Notebooks.Jupyter;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Tests.Notebooks;

/// <summary>What an editor is told of a cell that is being written. A bar in a text is the cursor.</summary>
public sealed class CellLanguageTests : IDisposable
{
    private readonly NotebookSession _session = new(Path.GetTempPath());
    private readonly CellLanguage _language;

    public CellLanguageTests() => _language = new CellLanguage(_session.Submissions);

    [Fact]
    public async Task Names_of_earlier_cells_are_known_those_of_the_last_first_and_usings_hold_on()
    {
        Assert.DoesNotContain("earlier", await Words("earl|"));
        foreach (var code in (string[])["var earlier = 1; class Holder { public int Inner; }",
            "using System.Text.Json;", "var earlier = \"text\"; static int Twice(this int n) => 2 * n;",
            "throw new Exception();"])
        {
            await _session.Run(code);
        }

        Assert.Equal(["earlier"], await Words("earl|"));
        Assert.Equal(["Substring"], await Words("earlier.Subst|"));
        Assert.Equal(["Twice"], await Words("1.Twi|"));
        Assert.Equal(["Inner"], await Words("new Holder().Inn|"));
        Assert.Contains("JsonSerializer", await Words("JsonS|"));
    }

    [Theory]
    [InlineData("List<int> all = new |", "List<int>")] // the type that is wanted before all others
    [InlineData("Console.Wri|", "Write")] // an exact beginning, the shorter first
    [InlineData("Console.RK|", "ReadKey")] // the first letters of its parts, where no word begins so
    [InlineData("Console.line|", "ReadLine")]
    [InlineData("class C\n{\n    override ToS|\n}", "public override string ToString()")]
    [InlineData("DayOfWeek day = DayOfWeek.Tuesday; if (day == |", "DayOfWeek")]
    [InlineData("Math.Round(value: 1.5, dig|", "digits:")]
    public async Task The_likeliest_word_is_the_first(string code, string word) =>
        Assert.StartsWith(word, (await Words(code))[0], StringComparison.Ordinal);

    [Fact]
    public async Task A_word_that_reaches_further_back_replaces_what_stands_there()
    {
        const string Code = "class C\n{\n    override ToS";
        var found = await _language.CompleteAsync(Code + "\n}", Code.Length, default);
        var whole = Code[..found.Start] + found.Words[0].Text;
        Assert.StartsWith("class C\n{\n    public override string ToString()", whole, StringComparison.Ordinal);
        Assert.Contains("base.ToString()", whole, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("var a = \"Cons|\";")]
    [InlineData("// Cons|")]
    [InlineData("#!html\n<b>Cons|</b>")]
    public async Task Nothing_is_offered_within_texts_comments_and_other_languages(string code) =>
        Assert.Empty(await Words(code));

    [Theory]
    [InlineData("Console.WriteL|ine(1)", "void Console.WriteLine(int value) (+ ")] // and how many forms there are
    [InlineData("Console.WriteL|ine(1)", "Writes the text representation of the specified 32-bit signed integer")]
    [InlineData("var number = 2; num|ber", "int number")]
    [InlineData("int.Parse(\"1\"|)", "int.Parse(string s, IFormatProvider? provider)")] // all forms of a call
    [InlineData("Math.Pow(2, |", "here: double y: A double-precision floating-point number that specifies a power")]
    [InlineData("var one = 1; Math.Abs(one|)", "int one")] // the name that a cursor stands behind, not the call
    [InlineData("new List<int>(|", "List<int>.List(int capacity)")]
    [InlineData("\"text\"[|", "char string.this[int index]")]
    [InlineData("1 + mis|sing", "CS0103: The name 'missing' does not exist in the current context")]
    [InlineData("int n = \"te|xt\";", "CS0029: Cannot implicitly convert type 'string' to 'int'")]
    public async Task A_place_is_described_by_signature_documentation_forms_of_the_call_and_what_is_wrong(
        string code, string words) =>
        Assert.Contains(words, await Describe(code), StringComparison.Ordinal);

    [Theory]
    [InlineData("1; |")]
    [InlineData("|")]
    [InlineData("#!html\n<b>Cons|ole</b>")]
    public async Task Where_nothing_stands_nothing_is_described(string code) => Assert.Null(await Describe(code));

    [Fact]
    public void A_question_that_is_asked_anew_is_cancelled_and_all_are_answered_in_order_by_one_thread()
    {
        using BlockingCollection<(string Id, bool Cancelled, int Thread)> answered = [];
        using var questions = new QuestionThread((_, request, cancel) =>
        {
            // as an answer that takes for ever, and as one that is cancelled before it begins
            var waits = request.Id is "1" && !cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
            Assert.False(waits);
            answered.Add((request.Id, cancel.IsCancellationRequested, Environment.CurrentManagedThreadId),
                CancellationToken.None);
        }, _ => true);
        foreach (var (id, type, session) in ((string, string, string)[])[("1", "complete", "a"), ("2", "inspect", "a"),
            ("3", "complete", "b"), ("4", "is_complete", "a"), ("5", "is_complete", "a"), ("6", "complete", "a"),
            ("7", "inspect", "a")])
        {
            questions.Add(KernelChannel.Shell, new WireMessage([], new JsonObject
            {
                ["msg_id"] = id,
                ["msg_type"] = type + "_request",
                ["session"] = session,
            }, [], []));
        }

        var all = Enumerable.Range(0, 7).Select(_ => answered.TryTake(out var answer, TimeSpan.FromSeconds(30))
            ? answer : default).ToList();
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7"], all.Select(answer => answer.Id));
        Assert.Equal(["1", "2"], all.Where(answer => answer.Cancelled).Select(answer => answer.Id));
        Assert.Single(all.Select(answer => answer.Thread).Distinct());
    }

    public void Dispose() => _session.Dispose();

    private async Task<string[]> Words(string marked)
    {
        var (code, cursor) = Parted(marked);
        return [.. (await _language.CompleteAsync(code, cursor, default)).Words.Select(word => word.Text)];
    }

    private Task<string?> Describe(string marked)
    {
        var (code, cursor) = Parted(marked);
        return _language.DescribeAsync(code, cursor, default);
    }

    private static (string Code, int Cursor) Parted(string marked) =>
        (marked.Replace("|", "", StringComparison.Ordinal), marked.IndexOf('|', StringComparison.Ordinal));
}
