using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Phi4R.Evaluation;
using Phi4R.Show;
using Phi4R.Tests.Evaluation;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Show;

public sealed partial class EvaluationPageTests
{
    private const string Hostile = "</script><script>document.title='owned'</script><img src=x onerror=\""
        + "document.title='owned'\"><!--\u202e\u2028 \ud83d\ude00";

    [Fact]
    public void The_page_holds_every_completion_once_as_data()
    {
        var folder = WrittenEvaluation.Of("m", "b", "cif", "tuc");
        var page = File.ReadAllText(EvaluationPage.Write(folder));
        Assert.Equal(Path.Combine(folder, "report.html"), Assert.Single(Directory.GetFiles(folder, "*.html")));
        using var data = Data(page);
        var rows = data.RootElement.GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(["correct", "incorrect", "failed", "incorrect", "unverifiable", "correct"],
            rows.Select(row => row.GetProperty("v").GetString()));
        Assert.All(rows, row => Assert.Equal("as the test wants it", row.GetProperty("r").GetString()));
        Assert.Equal(6, rows.Select(row => (row.GetProperty("p").GetString(), row.GetProperty("s").GetInt32()))
            .Distinct().Count());
        Assert.Contains("<img alt=\"Right completions by length.", page, StringComparison.Ordinal);
        Assert.Contains("<img alt=\"pass@k", page, StringComparison.Ordinal);
        Assert.Contains("Length by verdict", page, StringComparison.Ordinal);
    }

    // Two scripts that run are one too many: only the page's own, whose hash its policy names, and the data.
    [Fact]
    public void What_a_model_wrote_is_never_a_part_of_the_page()
    {
        var page = File.ReadAllText(EvaluationPage.Write(HostileFolder()));
        Assert.Equal(2, Script().Count(page));
        Assert.DoesNotContain("onerror=\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", page, StringComparison.Ordinal);
        Assert.Single(HostileImage().Matches(page.Replace("<img alt=", "", StringComparison.Ordinal)
            .Replace("<script>", "<img ", StringComparison.Ordinal)));
        using var data = Data(page);
        Assert.Equal(Hostile, data.RootElement.GetProperty("rows")[0].GetProperty("x").GetString());
        Assert.Equal(Hostile, data.RootElement.GetProperty("problems").EnumerateObject().First().Value
            .GetProperty("q").GetString());
        var own = page[(page.LastIndexOf("<script>", StringComparison.Ordinal) + 8)..page.LastIndexOf("</script>",
            StringComparison.Ordinal)];
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(own)));
        Assert.Contains($"default-src 'none'; img-src data:; script-src 'sha256-{hash}'", page,
            StringComparison.Ordinal);
        Assert.DoesNotContain("http://", Svg().Replace(page, ""), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
    }

    // 3 + 3 + 3 signs of ten left for the last two: 2 each. By hand: 10 over 5 texts of 1, 1, 2, 9, 9 leaves 3 each.
    [Fact]
    public void Long_texts_are_shortened_in_their_middle_and_counted()
    {
        Assert.Equal(3, CompletionList.LongestOf([9, 1, 2, 9, 1], 10));
        Assert.Equal(int.MaxValue, CompletionList.LongestOf([9, 1, 2, 9, 1], 22));
        Assert.Equal(0, CompletionList.LongestOf([9, 9, 9], 2));
        var folder = Project.Scratch();
        File.WriteAllLines(Path.Combine(folder, EvaluationFolder.CompletionsFile),
            new[] { 4, 100 }.Select((length, i) => JsonSerializer.Serialize(WrittenEvaluation.Completion("b", $"p{i}",
                0, 'c', new string('a', length / 2) + new string('z', length / 2)))));
        var list = new CompletionList([(EvaluationFolder.Read(folder), null)], mostSigns: 24);
        Assert.Equal((2, 1, 20), (list.Count, list.Shortened, list.Longest));
        using var stream = new MemoryStream();
        list.WriteJson(stream);
        using var data = JsonDocument.Parse(stream.ToArray());
        var row = data.RootElement.GetProperty("rows")[1];
        Assert.Equal((80, "aaaaa", "zzzzzzzzzzzzzzz"), (row.GetProperty("o").GetInt32(),
            row.GetProperty("x").GetString(), row.GetProperty("y").GetString()));
    }

    [Fact]
    public void Disagreements_are_the_problems_that_one_model_alone_has_right_with_both_models_completions()
    {
        var before = EvaluationFolder.Read(WrittenEvaluation.Of("first", "b", "c", "i", "c", "i"));
        var after = EvaluationFolder.Read(WrittenEvaluation.Of("second", "b", "c", "c", "i", "i"));
        var path = Path.Combine(Project.Scratch(), "apart.html");
        EvaluationPage.WriteDisagreements(before, after, path);
        using var data = Data(File.ReadAllText(path));
        Assert.Equal([("first", "p1"), ("first", "p2"), ("second", "p1"), ("second", "p2")],
            data.RootElement.GetProperty("rows").EnumerateArray()
                .Select(row => (row.GetProperty("m").GetString()!, row.GetProperty("p").GetString()!)));
    }

    // A browser has the last word: the list is drawn, the filter works, a fold opens, and nothing of the model ran.
    [FactWhere("chromium", "command -v chromium")]
    public void In_a_browser_the_page_works_and_the_model_does_not()
    {
        var folder = HostileFolder();
        var page = EvaluationPage.Write(folder);
        var driven = Path.Combine(folder, "driven.html");
        const string Drive = "by('verdict').value='incorrect';filter();by('list').querySelector('details').open=true;"
            + "open(by('list').querySelector('details'),shown[0]);";
        var text = File.ReadAllText(page);
        var own = EvaluationPageParts.Script;
        File.WriteAllText(driven, text.Replace(own, own + Drive, StringComparison.Ordinal).Replace(Hash(own),
            Hash(own + Drive), StringComparison.Ordinal));
        var (code, html) = HouseTests.Bash($"timeout 50 chromium --headless=new --no-sandbox --disable-gpu "
            + $"--user-data-dir={folder}/chromium --virtual-time-budget=5000 --dump-dom file://{driven} 2>/dev/null");
        Assert.True(code == 0, html);
        Assert.Contains("<title>Evaluation of &lt;/script&gt;", html, StringComparison.Ordinal);
        Assert.Contains("1 of 2 completions, page 1 of 1", html, StringComparison.Ordinal);
        Assert.Contains("<pre>&lt;/script&gt;&lt;script&gt;document.title='owned'", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<title>owned", html, StringComparison.Ordinal);

        static string Hash(string script) =>
            Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
    }

    private static string HostileFolder()
    {
        var folder = WrittenEvaluation.Of(Hostile, Hostile);
        File.WriteAllLines(Path.Combine(folder, EvaluationFolder.CompletionsFile), "ic".Select((letter, i) =>
            JsonSerializer.Serialize(WrittenEvaluation.Completion(Hostile, Hostile + i, 0, letter, Hostile) with
            {
                Reason = Hostile,
                Answer = Hostile,
                JudgedBy = Hostile,
            })));
        File.WriteAllLines(Path.Combine(folder, EvaluationFolder.ProblemsFile), [JsonSerializer.Serialize(
            new AskedProblem { Benchmark = Hostile, Id = Hostile + 0, Question = Hostile, Answer = Hostile })]);
        return folder;
    }

    private static JsonDocument Data(string page)
    {
        const string Start = "<script type=\"application/json\" id=\"data\">";
        var from = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        return JsonDocument.Parse(page[from..page.IndexOf("</script>", from, StringComparison.Ordinal)]);
    }

    [GeneratedRegex("<script", RegexOptions.IgnoreCase)]
    private static partial Regex Script();

    [GeneratedRegex("<img ")]
    private static partial Regex HostileImage();

    [GeneratedRegex("base64,[A-Za-z0-9+/=]+")]
    private static partial Regex Svg();
}
