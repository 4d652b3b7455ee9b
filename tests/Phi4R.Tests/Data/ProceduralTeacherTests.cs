using System.Text.RegularExpressions;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Text;
using Xunit.Abstractions;

namespace Phi4R.Tests.Data;

public sealed partial class ProceduralTeacherTests(ITestOutputHelper output)
{
    private const int Samples = 2_000;

    private static readonly ProceduralTeacherConfig Faultless = ProceduralTeacherConfig.Diverse with
    {
        TerseWeight = 1,
        LeadWeight = 0,
        CheckWeight = 0,
        SlipRate = 0,
        SkipRate = 0,
        TruncationRate = 0,
        RepetitionRate = 0,
    };

    // By hand, one of each family.
    [Theory]
    [InlineData("what is 47+8-3 ?", "<think>47+8=55; 55-3=52; </think>\\boxed{52}")]
    [InlineData("x=3; 2 times x=(x*4+5) mod 7", "<think>3*4=12; 12+5=17; 17 mod 7=3; 3*4=12; 12+5=17; 17 mod 7=3; </think>\\boxed{3}")]
    [InlineData("let x=3; do 1 times x=(x*4) mod 7", "<think>3*4=12; 12 mod 7=5; </think>\\boxed{5}")]
    [InlineData("x then *3 then +5 gives 26; find x", "<think>26-5=21; 21/3=7; </think>\\boxed{7}")]
    [InlineData("if x then /4 then -1 gives 4 what is x ?", "<think>4+1=5; 5*4=20; </think>\\boxed{20}")]
    [InlineData("sequence 4,7,10; go 2 more", "<think>7-4=3; 10+3=13; 13+3=16; </think>\\boxed{16}")]
    [InlineData("sequence 10,7,4; what is 1 ahead; one of 1,2,11,6 ?", "<think>10-7=3; 4-3=1; </think>\\boxed{1}")]
    [InlineData("tom has 12 pens; buys 2 bags of 4; gives 5; how many pens ?", "<think>2*4=8; 12+8=20; 20-5=15; </think>\\boxed{15}")]
    [InlineData("anna had 9 cups; loses 5; cups left ?", "<think>9-5=4; </think>\\boxed{4}")]
    [InlineData("start 66 then 4/6 of it then -5 then 2/3 of it; result ?", "<think>66/6=11; 11*4=44; 44-5=39; 39/3=13; 13*2=26; </think>\\boxed{26}")]
    public void Without_faults_the_steps_are_those_worked_out_by_hand(string question, string answer) =>
        Assert.Equal(answer, new ProceduralTeacher(Faultless).Answer(Asked(question), 1, Randomness.For(1, "teacher"))[0].Text);

    [Fact]
    public void Without_faults_every_answer_is_right()
    {
        var mix = new ProblemMix { LevelWeights = [1, 1, 1, 1, 1], FourChoiceShare = 0.25 };
        Assert.All(PocketProblemsTests.Draw(5_000, mix), problem => Assert.True(IsRight(problem, new ProceduralTeacher(Faultless).Answer(problem, 1, Randomness.For(1, "t"))[0])));
    }

    // Mean tokens of correct answers and share of correct answers, in the table of the pocket recipe that was tried.
    [Theory]
    [InlineData(PocketFamily.Arithmetic, new[] { 17, 26, 42, 57, 73 }, new[] { 88, 85, 78, 67, 60 })]
    [InlineData(PocketFamily.NumberTheory, new[] { 22, 31, 51, 72, 92 }, new[] { 86, 82, 77, 72, 66 })]
    [InlineData(PocketFamily.Algebra, new[] { 17, 24, 32, 40, 47 }, new[] { 91, 83, 82, 78, 75 })]
    [InlineData(PocketFamily.Sequences, new[] { 27, 34, 42, 58, 74 }, new[] { 85, 80, 76, 73, 65 })]
    [InlineData(PocketFamily.WordProblems, new[] { 18, 30, 39, 60, 80 }, new[] { 88, 83, 77, 67, 60 })]
    [InlineData(PocketFamily.Fractions, new[] { 17, 24, 31, 44, 62 }, new[] { 87, 86, 81, 75, 74 })]
    public void Lengths_and_accuracy_are_near_the_plan(PocketFamily family, int[] tokens, int[] percent)
    {
        var format = new ChatFormat(new PocketTokenizer());
        var teacher = new ProceduralTeacher(ProceduralTeacherConfig.Diverse);
        for (var level = 1; level <= 5; level++)
        {
            var problems = PocketProblemsTests.Draw(Samples, PocketProblemsTests.Only(family, level));
            var right = problems.Index()
                .Select(item => (Problem: item.Item, Answer: teacher.Answer(item.Item, 1, Randomness.For(2, "teacher", item.Index))[0]))
                .Where(pair => IsRight(pair.Problem, pair.Answer)).ToList();
            var (mean, share) = (right.Average(pair => format.Answer(pair.Answer.Text).Length), 100.0 * right.Count / Samples);
            var prompt = problems.Average(problem => format.Prompt(problem.Question).Length);
            output.WriteLine($"{family} {level}: prompt {prompt:F1}, answer {mean:F1} (planned {tokens[level - 1]}), correct {share:F1}% (planned {percent[level - 1]})");
            Assert.InRange(mean, 0.9 * tokens[level - 1], 1.1 * tokens[level - 1]);
            Assert.InRange(share, percent[level - 1] - 8, percent[level - 1] + 8);
        }
    }

    private static Problem Asked(string question) => new() { Id = "1", Question = question, Answer = "?", Domain = "any", Level = 1 };

    private static bool IsRight(Problem problem, TeacherAnswer answer) => BoxPattern().Match(answer.Text) is { Success: true } box && box.Groups[1].Value == problem.Answer;

    [GeneratedRegex(@"\\boxed\{(-?[0-9]+)\}$")]
    private static partial Regex BoxPattern();
}
