/**
 * What going back would do, before anything is done. Promises to say what comes, what goes, what
 * cannot be had and why, and whose memory it is when it is not this device's.
 */
import type { RestorePlan } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { Button } from '../../parts/button.tsx'
import { Said } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { listed, t, words } from '../../words.ts'
import { sumOfPlan } from './moment.ts'
import { PathList } from './path-list.tsx'
import { useAsked } from './use-asked.ts'
import { type DeviceNames, useDeviceNames } from './use-device-names.ts'

interface MomentPlanProps {
  readonly folder: string
  readonly path: string
  readonly atMs: number
  readonly onRun: () => void
  readonly onAnother: () => void
  readonly onClose: () => void
}

export function MomentPlan({ folder, path, atMs, onRun, onAnother, onClose }: MomentPlanProps) {
  const { calls } = useApi()
  const names = useDeviceNames()
  const { answer, error, again } = useAsked(`${path} ${atMs}`, (signal) =>
    calls.versions.plan({ folder, path, atMs }, { signal }),
  )
  return (
    <>
      <div role="status" className="dialog-text">
        {!answer && !error && <p>{t('history.moment.looking')}</p>}
        {answer && <Summary plan={answer} names={names} />}
      </div>
      {error && <ErrorNote error={error} onRetry={again} />}
      {answer && <Paths plan={answer} names={names} />}
      <div className="dialog-buttons">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button onPress={onAnother}>{t('history.moment.another')}</Button>
        {answer && sumOfPlan(answer, names.self).canRun && (
          <Button kind="primary" needsNode onPress={onRun}>
            {t('history.moment.confirm')}
          </Button>
        )}
      </div>
    </>
  )
}

interface PlanProps {
  readonly plan: RestorePlan
  readonly names: DeviceNames
}

function Summary({ plan, names }: PlanProps) {
  const { isNothing, canRun } = sumOfPlan(plan, names.self)
  return (
    <>
      <Source plan={plan} names={names} />
      {isNothing ? <p>{t('history.moment.nothing')}</p> : <Counts plan={plan} />}
      {canRun && <p>{t('history.moment.kept')}</p>}
    </>
  )
}

function Paths({ plan, names }: PlanProps) {
  const { steps, lost, unsure, restored, made, removed, lostCount, unsureCount, missing } = plan
  return (
    <>
      <PathList
        title={t('history.moment.lostTitle')}
        count={lostCount}
        rows={lost.map(({ path, why }) => ({ path, said: t(`history.moment.why.${why}`) }))}
      />
      {missing.length > 0 && (
        <p className="history-soft">
          <Said>{t('history.moment.missing', { devices: listed(missing.map(names.nameOf)) })}</Said>
        </p>
      )}
      <PathList
        title={t('history.moment.unsureTitle')}
        count={unsureCount}
        rows={unsure.map((path) => ({ path, said: t('history.moment.staying') }))}
      />
      <PathList
        title={t('history.moment.steps')}
        count={restored + made + removed}
        rows={steps.map(({ path, does, from }) => ({
          path,
          said: t(`history.moment.does.${from === 'elsewhere' ? from : does}`),
        }))}
      />
    </>
  )
}

/** Whose memory it is, and how far its clock is off. */
function Source({ plan, names }: PlanProps) {
  const { asOfMs, aheadMs } = plan
  const { isOther, clock } = sumOfPlan(plan, names.self)
  const device = names.nameOf(plan.device)
  const duration = words.duration(Math.abs(aheadMs))
  return (
    <>
      <p>
        <Said>{t(isOther ? 'history.moment.asOfOther' : 'history.moment.asOf', { device, asOfMs })}</Said>
      </p>
      {clock && (
        <p>
          <Said>{t(`history.moment.${clock}`, { device, duration })}</Said>
        </p>
      )}
    </>
  )
}

function Counts({ plan }: { readonly plan: RestorePlan }) {
  const { restored, made, removed, lostCount, unsureCount } = plan
  return (
    <ul className="moment-counts">
      {restored > 0 && <li>{t('history.moment.restored', { count: restored })}</li>}
      {made > 0 && <li>{t('history.moment.made', { count: made })}</li>}
      {removed > 0 && <li>{t('history.moment.removed', { count: removed })}</li>}
      {lostCount > 0 && <li className="moment-lost">{t('history.moment.lost', { count: lostCount })}</li>}
      {unsureCount > 0 && <li>{t('history.moment.unsure', { count: unsureCount })}</li>}
    </ul>
  )
}
