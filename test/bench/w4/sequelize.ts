import sequelize from 'sequelize'
import { ownersEntrant, type Owner } from './owner.js'

const { DataTypes, Op, Sequelize } = sequelize

/** `include` with `separate`: one query more for each relation. */
export const createEntrant = ownersEntrant(({ url, poolSize }) => {
  const database = new Sequelize(url, { logging: false, pool: { max: poolSize } })
  const options = { timestamps: false, freezeTableName: true }
  const id = { type: DataTypes.INTEGER, primaryKey: true }
  const owners = database.define(
    'owner',
    { id, name: DataTypes.TEXT, email: DataTypes.TEXT, active: DataTypes.BOOLEAN },
    options,
  )
  const things = database.define(
    'thing',
    {
      id,
      owner_id: DataTypes.INTEGER,
      label: DataTypes.TEXT,
      price: DataTypes.INTEGER,
      bought: DataTypes.DATE,
    },
    options,
  )
  owners.hasMany(things, { foreignKey: 'owner_id', as: 'things' })
  return Promise.resolve({
    read: async (first, last) =>
      (await database.transaction((transaction) =>
        owners.findAll({
          where: { id: { [Op.between]: [first, last] } },
          order: [['id', 'asc']],
          include: [{ model: things, as: 'things', separate: true, order: [['id', 'asc']] }],
          transaction,
        }),
      )) as unknown as Owner[],
    close: () => database.close(),
  })
})
