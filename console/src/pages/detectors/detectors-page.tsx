// What is looked for: every detector with its rules, and a text to try them on.
import { Select, Switch, Tabs, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useApi } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import { type DetectorView, FindingClass } from '../../contract.ts';
import { toWords } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Page } from '../../parts/page.tsx';
import { Answered } from '../../parts/states.tsx';
import { DetectorList } from './detector-list.tsx';
import classes from './detectors.module.css';
import { FeedbackList } from './feedback-list.tsx';
import { RuleList } from './rule-list.tsx';
import { TryText } from './try-text.tsx';

const ANY = 'any';

function Detectors({ detectors }: { readonly detectors: readonly DetectorView[] }): ReactNode {
  const may = useMay('policies.manage');
  const [words, setWords] = useState('');
  const [chosen, setChosen] = useState(ANY);
  const [disabled, setDisabled] = useState(false);
  const found = FindingClass.options.find((each) => each === chosen);
  const rules = detectors.reduce((sum, detector) => sum + detector.rules.length, 0);
  return (
    <Tabs defaultValue="detectors" keepMounted={false} classNames={{ list: classes.tabs, panel: classes.panel }}>
      <Tabs.List>
        <Tabs.Tab value="detectors">Detectors ({detectors.length})</Tabs.Tab>
        <Tabs.Tab value="rules">Rules ({rules})</Tabs.Tab>
        <Tabs.Tab value="feedback">Feedback</Tabs.Tab>
        {may && <Tabs.Tab value="try">Try a text</Tabs.Tab>}
      </Tabs.List>
      <Tabs.Panel value="detectors">
        <DetectorList detectors={detectors} />
      </Tabs.Panel>
      <Tabs.Panel value="rules">
        <div className={classes.tools}>
          <TextInput
            data-search
            type="search"
            className={classes.search}
            aria-label="Search rules"
            placeholder="Id, message or technique"
            leftSection={<Icon name="search" />}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
          />
          <Select
            aria-label="Class"
            value={chosen}
            onChange={(value) => setChosen(value ?? ANY)}
            data={[
              { value: ANY, label: 'Every class' },
              ...FindingClass.options.map((each) => ({ value: each, label: toWords(each) })),
            ]}
          />
          <Switch
            label="Disabled only"
            checked={disabled}
            onChange={(event) => setDisabled(event.currentTarget.checked)}
          />
        </div>
        <RuleList detectors={detectors} words={words.trim()} found={found} disabledOnly={disabled} />
      </Tabs.Panel>
      <Tabs.Panel value="feedback">
        <FeedbackList />
      </Tabs.Panel>
      {may && (
        <Tabs.Panel value="try">
          <TryText />
        </Tabs.Panel>
      )}
    </Tabs>
  );
}

export function DetectorsPage(): ReactNode {
  const query = useApi('getDetectors', {});
  return (
    <Page
      title="Detectors"
      lead="What texts are searched for on their way to a model and back. Policies rule on what is found."
    >
      <Answered query={query}>{({ detectors }) => <Detectors detectors={detectors} />}</Answered>
    </Page>
  );
}
