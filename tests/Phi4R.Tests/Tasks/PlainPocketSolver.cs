namespace Phi4R.Tests.Tasks;

/// <summary>Reads a pocket question word by word and works it out; shares no code with the library.</summary>
internal sealed class PlainPocketSolver
{
    private PlainPocketSolver(int answer, IReadOnlyList<int> values)
    {
        Answer = answer;
        Values = values;
    }

    public int Answer { get; }

    /// <summary>Every number that was come to on the way, the answer included.</summary>
    public IReadOnlyList<int> Values { get; }

    public static PlainPocketSolver Solve(string question)
    {
        var text = question.Contains("; one of ") ? question.Split("; one of ")[0] : question.TrimEnd('?').TrimEnd();
        List<int> values = [];
        int Keep(int value)
        {
            values.Add(value);
            return value;
        }

        int Sum(int value, string signed) =>
            Keep(signed[0] == '+' ? value + int.Parse(signed[1..]) : value - int.Parse(signed[1..]));

        int answer;
        if (text.StartsWith("compute ") || text.StartsWith("what is "))
        {
            var terms = text.Split(' ')[^1].Replace("+", " +").Replace("-", " -").Split(' ');
            answer = terms.Skip(1).Aggregate(int.Parse(terms[0]), Sum);
        }
        else if (text.Contains(" mod "))
        {
            var words = text.Replace(";", " ").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            answer = int.Parse(words.First(word => word.StartsWith("x="))[2..]);
            var rule = words.Single(word => word.StartsWith("x=(x*"))[5..^1].Split('+');
            for (var round = int.Parse(words[Array.IndexOf(words, "times") - 1]); round > 0; round--)
            {
                answer = Keep(answer * int.Parse(rule[0]));
                answer = Keep(answer + (rule.Length > 1 ? int.Parse(rule[1]) : 0));
                answer = Keep(answer % int.Parse(words[^1]));
            }
        }
        else if (text.Contains(" gives ") && text.Contains("then"))
        {
            // Tries every x: the operations are not undone here.
            var steps = text.Split(" gives ")[0].Split(" then ")[1..];
            var result = int.Parse(text.Split(" gives ")[1].Split(' ', ';')[0]);
            var found = Enumerable.Range(0, 100).Where(x => Run(x, steps)?[^1] == result).ToList();
            answer = Assert.Single(found);
            values.AddRange(Run(answer, steps)!);
        }
        else if (text.StartsWith("sequence "))
        {
            var terms = text[9..text.IndexOf(';')].Split(',').Select(int.Parse).ToArray();
            Assert.Equal(terms[1] - terms[0], terms[2] - terms[1]);
            var ahead = text[text.IndexOf(';')..].Split(' ').Where(word => int.TryParse(word, out _))
                .Select(int.Parse).Single();
            answer = Keep(terms[0] + ((terms[1] - terms[0]) * (2 + ahead)));
        }
        else if (text.Contains(" has ") || text.Contains(" had "))
        {
            answer = 0;
            foreach (var words in text.Split("; ")[..^1].Select(part => part.Split(' ')))
            {
                answer = words switch
                {
                    [_, "has" or "had", var start, _] => int.Parse(start),
                    ["buys" or "finds", var bags, "bags", "of", var size] =>
                        Keep(answer + (int.Parse(bags) * int.Parse(size))),
                    ["gives" or "loses", var bags, "bags", "of", var size] =>
                        Keep(answer - (int.Parse(bags) * int.Parse(size))),
                    ["buys" or "finds", var count] => Keep(answer + int.Parse(count)),
                    ["gives" or "loses", var count] => Keep(answer - int.Parse(count)),
                    _ => throw new InvalidOperationException($"\"{string.Join(' ', words)}\" in \"{text}\""),
                };
            }
        }
        else
        {
            var parts = text.Split(';')[0].Split(" then ");
            answer = int.Parse(parts[0].Split(' ')[1]);
            foreach (var part in parts[1..])
            {
                if (part.EndsWith(" of it"))
                {
                    var (p, q) = (part[0] - '0', part[2] - '0');
                    Assert.True(p < q && answer % q == 0, text);
                    answer = Keep(answer * p / q);
                }
                else
                {
                    answer = Sum(answer, part);
                }
            }
        }

        return new PlainPocketSolver(answer, [.. values, answer]);
    }

    // Null where a step is not a whole number.
    private static List<int>? Run(int x, string[] steps)
    {
        List<int> values = [x];
        foreach (var step in steps)
        {
            var (value, operand) = (values[^1], step[1] - '0');
            if (step[0] == '/' && value % operand != 0)
            {
                return null;
            }

            values.Add(step[0] switch
            {
                '+' => value + operand,
                '-' => value
                - operand,
                '*' => value * operand,
                _ => value / operand
            });
        }

        return values;
    }
}
