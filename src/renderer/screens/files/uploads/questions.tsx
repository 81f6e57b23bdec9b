/** The questions before files are sent. Promises that closing one sends nothing. */
import { Button } from '../../../parts/button.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { Name } from '../../../parts/name.tsx'
import { t } from '../../../words.ts'
import type { Question } from './use-adding.ts'

/** Names that are shown; the others are counted. */
const SHOWN = 6

export function AddQuestion({ question, others }: { readonly question: Question; readonly others: number }) {
  return question.kind === 'large' ? (
    <LargeQuestion question={question} others={others} />
  ) : (
    <TakenQuestion question={question} />
  )
}

type Asked<K extends Question['kind']> = Extract<Question, { kind: K }>

function LargeQuestion({ question, others }: { readonly question: Asked<'large'>; readonly others: number }) {
  const { plan, answer } = question
  const devices = t('common.devices', { count: others })
  return (
    <Dialog title={t('files.add.largeTitle', { bytes: plan.bytes })} onClose={() => answer('none')}>
      <p className="dialog-text">
        {others > 0
          ? t('files.add.large', { count: plan.files, devices })
          : t('files.add.largeAlone', { count: plan.files })}
      </p>
      <div className="dialog-buttons">
        <Button autoFocus onPress={() => answer('none')}>
          {t('common.cancel')}
        </Button>
        <Button kind="primary" needsNode onPress={() => answer('all')}>
          {t('files.add.confirm')}
        </Button>
      </div>
    </Dialog>
  )
}

function TakenQuestion({ question: { paths, answer } }: { readonly question: Asked<'taken'> }) {
  return (
    <Dialog isAlert title={t('files.add.takenTitle', { count: paths.length })} onClose={() => answer('none')}>
      <div className="dialog-text">
        <ul className="taken">
          {paths.slice(0, SHOWN).map((path) => (
            <li key={path}>
              <Name of={path} />
            </li>
          ))}
          {paths.length > SHOWN && <li>{t('files.add.takenMore', { count: paths.length - SHOWN })}</li>}
        </ul>
        <p>{t('files.add.takenText')}</p>
      </div>
      <div className="dialog-buttons">
        <Button autoFocus onPress={() => answer('none')}>
          {t('common.cancel')}
        </Button>
        <Button needsNode onPress={() => answer('free')}>
          {t('files.add.skip')}
        </Button>
        <Button kind="primary" needsNode onPress={() => answer('all')}>
          {t('files.add.replace')}
        </Button>
      </div>
    </Dialog>
  )
}
